// What clients may not have, and how long what they say may be.

#include "tests/cli/serve/daemon.h"
#include "tests/shell.h"

#include <gmock/gmock.h>

#include <fstream>

namespace heddle {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Limits : public Serving {};

TEST_F(Limits, KeepTheDaemonsOwnFilesFromClientsThoughTheyLieWhereClientsMayReadAndWrite) {
  start("--state " + path("state"));
  const json genome{{"kind", "genome"}, {"task", "repeats"}, {"input", path("genome.fa")}};
  const std::string id = start_stream(genome);
  const std::string record = path("state/streams/specs/" + id + ".json");
  ASSERT_TRUE(std::filesystem::exists(record));
  const auto refused = [this](const std::string& where, const json& body) {
    const json error = json_of(ask("POST", where, body.dump()), 403)["error"];
    EXPECT_EQ(error["code"], "path_not_allowed") << body;
    EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("is the daemon's own")) << body;
  };
  refused("/v1/streams", {{"kind", "genome"}, {"input", record}});
  refused("/v1/streams", {{"kind", "genome"}, {"input", "watch:" + path("state/streams")}});
  json job{{"command", "genome"},
           {"inputs", {path("genome.fa")}},
           {"output", record},
           {"formats", {"gff3"}},
           {"options", {{"task", "repeats"}, {"overwrite", true}}}};
  refused("/v1/jobs", job);
  job["output"] = path("state/jobs/new.gff3");
  refused("/v1/jobs", job);
  std::filesystem::create_directories(folder_ / "out");
  std::filesystem::create_symlink(record, folder_ / "out" / "genome.gff3");
  job["output"] = path("out/");
  refused("/v1/jobs", job);
  job["output"] = path("genome.gff3");
  json_of(ask("POST", "/v1/jobs", job.dump()), 201);
}

TEST_F(Limits, OfWhatClientsSayAreSaidOfTheFieldAndQuotedShort) {
  start();
  const json upload{{"kind", "genome"}, {"task", "repeats"}, {"input", "upload"}};
  const auto refused = [this](const std::string& where, const json& body, const char* field) {
    const Reply reply = ask("POST", where, body.dump());
    EXPECT_EQ(reply.status, 400) << field;
    EXPECT_LT(reply.body.size(), 1500U) << field;
    const json error = json::parse(reply.body)["error"];
    EXPECT_EQ(error["field"], field);
    return error["message"].get<std::string>();
  };
  const auto with = [](json spec, const char* field, const json& value) {
    spec[field] = value;
    return spec;
  };
  const std::string giant(500000, 'n');
  EXPECT_EQ(refused("/v1/streams", with(upload, "name", giant), "name"),
            "name: has 500000 characters; at most 200 are taken");
  EXPECT_EQ(refused("/v1/streams", {{"kind", "video"}, {"url", "http://h/" + giant}}, "url"),
            "url: has 500009 bytes; at most 4096 are taken");
  EXPECT_EQ(refused("/v1/streams", with(upload, "input", giant), "input"),
            "input: has 500000 bytes; at most 4096 are taken");
  EXPECT_THAT(
      refused("/v1/streams", with(upload, "options", {{"region", giant}}), "options.region"),
      HasSubstr("500000 bytes; at most 4096"));
  const json job{{"command", "genome"}, {"inputs", {path("genome.fa")}}, {"output", giant}};
  EXPECT_EQ(refused("/v1/jobs", job, "output"), "output: has 500000 bytes; at most 4096 are taken");
  EXPECT_EQ(refused("/v1/streams", with(upload, "name", "two\nlines"), "name"),
            "name: holds a line's end or another control character");
  EXPECT_EQ(refused("/v1/streams", {{"input", "upload"}}, "kind"),
            "kind: is missing; give video or genome");
  std::string name;
  for (int i = 0; i < 200; ++i) name += "\xc3\xbc";
  const std::string id = start_stream(with(upload, "name", name));
  EXPECT_EQ(json_of(ask("GET", "/v1/streams/" + id), 200)["name"], name);
  // What is within its limit, or has none, is quoted short all the same.
  for (const json& body : {with(upload, "input", std::string(4000, 'p')),
                           with(upload, giant.c_str(), 1),
                           with(upload, "kind", giant),
                           with(upload, "options", {{giant, 1}})}) {
    EXPECT_LT(ask("POST", "/v1/streams", body.dump()).body.size(), 1500U);
  }
}

TEST_F(Limits, OfASequenceAreNoErrorWhereOnlyTheBeginLiesBehindThem) {
  start();
  const std::string at =
      "/v1/streams/" +
      start_stream({{"kind", "genome"}, {"task", "repeats"}, {"input", path("genome.fa")}});
  Listener(daemon_->socket(), at + "/events").next("end");
  const json known = json_of(ask("GET", at + "/sequences"), 200)["sequences"][0];
  const std::string features =
      at + "/features?sequence=" + known["name"].get<std::string>() + "&begin=99999999";
  const json behind = json_of(ask("GET", features), 200);
  EXPECT_EQ(behind["features"], json::array());
  EXPECT_EQ(behind["begin"], 99999999);
  EXPECT_EQ(behind["end"], 99999999);
  json_of(ask("GET", features + "&end=5"), 400);
}

TEST_F(Limits, OfTypesAreThoseOfTheStreamsKind) {
  start();
  const auto sent = [this](const std::string& kind, const std::string& type) {
    json spec{{"kind", kind}, {"input", "upload"}};
    if (kind == "genome") spec["task"] = "repeats";
    const std::string file = kind == "video" ? "match.mp4" : "genome.fa";
    return ask("POST",
               "/v1/streams/" + start_stream(spec) + "/data",
               read_file(path(file)),
               "Content-Type: " + type + "\r\n");
  };
  for (const char* type : {"application/octet-stream", "text/plain", "TEXT/x-fasta; a=b "}) {
    EXPECT_EQ(sent("genome", type).status, 200) << type;
  }
  EXPECT_EQ(sent("video", "video/mp4").status, 200);
  for (const auto& [kind, type] : {std::pair("genome", "video/mp4"),
                                   {"genome", "image/png"},
                                   {"video", "text/plain"},
                                   {"video", "image/png"}}) {
    const json error = json_of(sent(kind, type), 415)["error"];
    EXPECT_EQ(error["code"], "unknown_type");
    EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("application/octet-stream"));
  }
}

TEST_F(Limits, OfHeadersAndTagsAreThoseOfTheStandard) {
  std::ofstream(folder_ / "token") << "0123456789abcdef0123456789abcdef\n";
  std::filesystem::permissions(folder_ / "token", std::filesystem::perms(0600));
  start("--token-file token");
  EXPECT_EQ(
      ask("GET", "/v1/info", "", "Authorization: Bearer 0123456789abcdef0123456789abcdef \t\r\n")
          .status,
      200);
  const std::string tag = ask("GET", "/").headers.at("etag");
  for (const std::string& naming : {tag, "W/" + tag, std::string("*"), "\"x\", W/" + tag + " "}) {
    EXPECT_EQ(ask("GET", "/", "", "If-None-Match: " + naming + "\r\n").status, 304) << naming;
  }
  EXPECT_EQ(ask("GET", "/", "", "If-None-Match: W/\"x\"\r\n").status, 200);
}

}  // namespace
}  // namespace heddle
