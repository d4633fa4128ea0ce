// The API as openapi.yaml describes it: every answer here is held against its schema there.

#include "tests/cli/serve/daemon.h"
#include "tests/cli/serve/openapi.h"
#include "tests/cli/serve/schema.h"
#include "tests/shell.h"

#include <gmock/gmock.h>

#include <regex>

namespace heddle {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kBytes = "Content-Type: application/octet-stream\r\n";

class Api : public Serving {
 protected:
  /// Asks, and holds status, type and body against the file; `pattern` is the path there.
  json checked(const std::string& method,
               const std::string& pattern,
               const std::string& path,
               int status,
               const std::string& body = "",
               const std::string& headers = "") {
    const Reply reply = ask(method, path, body, headers);
    EXPECT_EQ(reply.status, status) << method << " " << path << " " << reply.body;
    const json& responses = openapi()["paths"][pattern][lower(method)]["responses"];
    const std::string key = std::to_string(status);
    if (!responses.contains(key)) {
      ADD_FAILURE() << method << " " << pattern << " has no " << key << " in openapi.yaml";
      return {};
    }
    const json& response = resolved(responses[key], openapi());
    if (!response.contains("content")) {
      EXPECT_EQ(reply.body, "");
      return {};
    }
    const auto& content = response["content"].begin();
    const std::string type = reply.headers.at("content-type");
    EXPECT_EQ(type.substr(0, type.find(';')), content.key()) << path;
    if (content.key() != "application/json") return reply.body;
    json value = json::parse(reply.body, nullptr, false);
    EXPECT_EQ(misfit(value, content.value()["schema"], openapi()), "") << reply.body;
    return value;
  }
};

TEST_F(Api, AnswersAboutItself) {
  start();
  checked("GET", "/healthz", "/healthz", 200);
  checked("GET", "/readyz", "/readyz", 200);
  const json info = checked("GET", "/v1/info", "/v1/info", 200);
  EXPECT_EQ(info["limits"]["streams"], 64);
  EXPECT_EQ(info["kinds"], json({"video", "genome"}));
  for (const auto& [name, streams] :
       {std::pair("tracking-reference", true), {"genes-tiny", true}, {"genes-rna", false}}) {
    EXPECT_TRUE(std::ranges::any_of(info["models"], [&](const json& model) {
      return model["name"] == name && model["streams"] == streams;
    })) << info["models"];
  }
  checked("GET", "/v1/streams", "/v1/streams", 200);
  checked("GET", "/v1/jobs", "/v1/jobs", 200);
  EXPECT_THAT(checked("GET", "/openapi.yaml", "/openapi.yaml", 200).get<std::string>(),
              HasSubstr("openapi: 3.1.0"));
  const std::string metrics = checked("GET", "/metrics", "/metrics", 200).get<std::string>();
  EXPECT_THAT(metrics,
              HasSubstr("heddle_http_requests_total{route=\"/v1/info\",code=\"200\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("# TYPE heddle_stream_dropped_total counter\n"));
}

TEST_F(Api, RunsAGenomeStreamFromStartToEnd) {
  start();
  const json spec{{"kind", "genome"}, {"task", "repeats"}, {"path", path("genome.fa")}};
  const json made = checked("POST", "/v1/streams", "/v1/streams", 201, spec.dump());
  const std::string at = "/v1/streams/" + made["id"].get<std::string>();
  Listener listener(daemon_->socket(), at + "/events");
  EXPECT_EQ(listener.head().headers.at("content-type"), "text/event-stream");
  const StreamEvent end = listener.next("end");
  EXPECT_EQ(json::parse(end.data)["state"], "done") << end.data;
  EXPECT_EQ(listener.next().type, "");
  const json status = checked("GET", "/v1/streams/{id}", at, 200);
  EXPECT_EQ(status["state"], "done");
  EXPECT_GE(status["last_event"], std::stoll(end.id));
  const json found =
      checked("GET", "/v1/streams/{id}/sequences", at + "/sequences", 200)["sequences"];
  ASSERT_FALSE(found.empty());
  const std::string name = found[0]["name"];
  checked("GET", "/v1/streams/{id}/features", at + "/features?sequence=" + name, 200);
  checked("GET", "/v1/streams/{id}/features", at + "/features?sequence=none", 404);
  checked("GET", "/v1/streams/{id}/features", at + "/features?sequence=x&begin=9&end=3", 400);
  checked("GET", "/v1/streams/{id}/frame.jpg", at + "/frame.jpg", 409);
  checked("DELETE", "/v1/streams/{id}", at, 204);
  checked("GET", "/v1/streams/{id}", at, 404);
}

TEST_F(Api, RunsAVideoStreamWithFramesAndTracks) {
  start();
  const json spec{{"kind", "video"}, {"path", path("match.mp4")}, {"name", "gr\xc3\xbc\xc3\x9f"}};
  const std::string at = "/v1/streams/" + start_stream(spec);
  Listener listener(daemon_->socket(), at + "/events");
  const json tracks = json::parse(listener.next("tracks").data);
  EXPECT_TRUE(tracks["tracks"].is_array());
  EXPECT_EQ(json::parse(listener.next("end").data)["state"], "done");
  const Reply frame = ask("GET", at + "/frame.jpg?width=320");
  EXPECT_EQ(frame.status, 200);
  EXPECT_EQ(frame.body.substr(0, 3), "\xff\xd8\xff");
  EXPECT_NE(frame.headers.at("x-heddle-frame"), "");
  EXPECT_EQ(ask("GET", at + "/frame.jpg?after=100000000").status, 204);
  EXPECT_EQ(checked("GET", "/v1/streams/{id}", at, 200)["name"], spec["name"]);
}

TEST_F(Api, TakesAnUploadAndLetsAListenerComeBack) {
  start();
  const json spec{{"kind", "genome"}, {"task", "repeats"}, {"input", "upload"}};
  const std::string at = "/v1/streams/" + start_stream(spec);
  const std::string body = read_file(path("genome.fa"));
  std::string seen;
  {
    Listener listener(daemon_->socket(), at + "/events");
    seen = listener.next().id;  // and away
  }
  const Reply taken =
      heddle::ask(daemon_->socket(), "POST", at + "/data", body, "Content-Type: text/x-fasta\r\n");
  EXPECT_EQ(json_of(taken, 200)["bytes"], body.size());
  Listener back(daemon_->socket(), at + "/events", "Last-Event-ID: " + seen + "\r\n");
  EXPECT_EQ(back.next().id, std::to_string(std::stoll(seen) + 1));
  checked("DELETE", "/v1/streams/{id}", at, 202);
  EXPECT_NE(back.next("end").data, "");
}

TEST_F(Api, SaysThatAnUploadWasRefused) {
  start();
  const std::string at =
      "/v1/streams/" + start_stream({{"kind", "genome"}, {"task", "repeats"}, {"input", "upload"}});
  const json refused = checked(
      "POST", "/v1/streams/{id}/data", at + "/data", 409, std::string(100000, '\1'), kBytes);
  EXPECT_EQ(refused["error"]["code"], "upload_refused");
  EXPECT_EQ(refused["error"]["message"],
            checked("GET", "/v1/streams/{id}", at, 200)["error"]["message"]);
}

TEST_F(Api, SaysThatTheStreamEndedBelowAnUpload) {
  start();
  const std::string at =
      "/v1/streams/" + start_stream({{"kind", "genome"}, {"task", "repeats"}, {"input", "upload"}});
  Listener listener(daemon_->socket(), at + "/events");
  Client client(daemon_->tcp());
  const std::string genome = ">a\n" + std::string(2 << 20, 'N');
  client.send("POST " + at + "/data HTTP/1.1\r\nHost: localhost\r\n" + kBytes +
              "Content-Length: " + std::to_string(genome.size() + 4) + "\r\n\r\n" + genome);
  ASSERT_NE(listener.next("sequence").type, "");
  EXPECT_EQ(ask("DELETE", at).status, 202);
  ASSERT_NE(listener.next("end").type, "");
  client.send("ACGT");
  const Reply reply = client.read();
  EXPECT_EQ(reply.status, 410);
  EXPECT_EQ(json::parse(reply.body)["error"]["code"], "stream_ended");
}

TEST_F(Api, RunsAJobAsAProcessOfItsOwn) {
  start();
  const json spec{{"command", "genome"},
                  {"inputs", {"genome.fa"}},
                  {"output", "out/"},
                  {"formats", {"gff3", "bed"}},
                  {"options", {{"task", "repeats"}}}};
  const json made = checked("POST", "/v1/jobs", "/v1/jobs", 201, spec.dump());
  const std::string at = "/v1/jobs/" + made["id"].get<std::string>();
  Listener listener(daemon_->socket(), at + "/events");
  const json end = json::parse(listener.next("end").data);
  const json status = checked("GET", "/v1/jobs/{id}", at, 200);
  EXPECT_EQ(end["state"], "done") << status;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/genome.bed"));
  checked("DELETE", "/v1/jobs/{id}", at, 204);
  checked("GET", "/v1/jobs/{id}", at, 404);
}

TEST_F(Api, SaysWhatIsWrongWithARequest) {
  start("--streams 1");
  checked("GET", "/v1/streams/{id}", "/v1/streams/s9", 404);
  checked("POST", "/v1/streams", "/v1/streams", 400, R"({"kind":"genom","path":"genome.fa"})");
  checked("POST", "/v1/streams", "/v1/streams", 403, R"({"kind":"genome","path":"/etc/passwd"})");
  checked("POST", "/v1/streams", "/v1/streams", 404, R"({"kind":"genome","path":"none.fa"})");
  start_stream({{"kind", "genome"}, {"input", "upload"}});
  const json more =
      checked("POST", "/v1/streams", "/v1/streams", 429, R"({"kind":"genome","input":"upload"})");
  EXPECT_EQ(more["error"]["code"], "too_many_streams");
  EXPECT_NE(ask("POST", "/v1/streams", R"({"kind":"genome","input":"upload"})")
                .headers.count("retry-after"),
            0u);
  checked("POST", "/v1/streams/{id}/checkpoint", "/v1/streams/s1/checkpoint", 409);
  checked("GET", "/v1/streams/{id}/events", "/v1/streams/s1/events?last_event_id=x", 400);
  EXPECT_EQ(ask("PUT", "/v1/info").status, 405);
  EXPECT_EQ(ask("PUT", "/v1/info").headers.at("allow"), "GET, HEAD");
  const json slip = json_of(ask("GET", "/v1/streams/s1/events?last_event=3"), 400)["error"];
  EXPECT_EQ(slip["code"], "bad_query");
  EXPECT_EQ(ask("GET", "/?from=mail").status, 200);
}

/// ID, start and end of the features of a GFF3 file; of one in parts, its first start and last end.
std::vector<std::string> rows_of_gff3(const std::filesystem::path& file) {
  std::vector<std::string> rows;
  std::istringstream lines(read_file(file));
  const std::regex row(R"(([^#\t]+)\t[^\t]+\t([^\t]+)\t(\d+)\t(\d+)\t.*\tID=([^;]+).*)");
  std::string id, start;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row) || match[2] == "region") continue;
    if (match[5] == id) {
      rows.pop_back();
    } else {
      id = match[5];
      start = match[3];
    }
    rows.push_back(id + " " + start + " " + match.str(4));
  }
  return rows;
}

TEST_F(Api, CallsFeaturesAndPlacesAsTheGff3OfTheSameInput) {
  start();
  const json spec{{"kind", "genome"}, {"path", path("genome.fa")}};
  const std::string at = "/v1/streams/" + start_stream(spec);
  Listener listener(daemon_->socket(), at + "/events");
  std::vector<std::string> rows;
  for (StreamEvent event = listener.next(); event.type != "end"; event = listener.next()) {
    if (event.type != "feature") continue;
    const json feature = json::parse(event.data);
    EXPECT_EQ(misfit(feature, openapi()["components"]["schemas"]["Feature"], openapi()), "");
    EXPECT_EQ(feature["gff3_start"], feature["begin"].get<std::int64_t>() + 1);
    rows.push_back(feature["id"].get<std::string>() + " " + feature["gff3_start"].dump() + " " +
                   feature["gff3_end"].dump());
  }
  const Outcome job = run("'" HEDDLE_BINARY "' genome genome.fa -o genes.gff3", folder_);
  ASSERT_EQ(job.exit_code, 0) << job.output;
  EXPECT_FALSE(rows.empty());
  EXPECT_EQ(rows, rows_of_gff3(folder_ / "genes.gff3"));
}

TEST_F(Api, NamesTheFieldTheValueAndWhatIsTakenBeforeAnythingIsStarted) {
  start();
  const auto refused = [&](const std::string& route, const json& body, int status) {
    return checked("POST", route, route, status, body.dump())["error"];
  };
  json job{{"command", "genome"}, {"inputs", {"genome.fa"}}, {"output", "a.gff3"}};
  job["options"] = {{"passes", 7}};
  json error = refused("/v1/jobs", job, 400);
  EXPECT_EQ(error["code"], "bad_option");
  EXPECT_EQ(error["field"], "options.passes");
  EXPECT_EQ(error["message"], "options.passes: 7 is not taken; give a whole number from 1 to 2");
  job["options"] = {{"min-repeat", 100}};
  EXPECT_THAT(refused("/v1/jobs", job, 400)["message"].get<std::string>(),
              HasSubstr("min-repeat goes with task repeats"));
  json stream{{"kind", "video"}, {"path", "match.mp4"}, {"options", {{"frames", "many"}}}};
  error = refused("/v1/streams", stream, 400);
  EXPECT_EQ(error["field"], "options.frames");
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("'many' is not taken; give a"));
  stream["options"] = {{"stride", 0}};
  EXPECT_EQ(refused("/v1/streams", stream, 400)["field"], "options.stride");
  stream["options"] = json::object();
  stream["priority"] = "high";
  EXPECT_EQ(refused("/v1/streams", stream, 400)["field"], "priority");
  EXPECT_EQ(json_of(ask("GET", "/v1/jobs"), 200)["jobs"], json::array());
  EXPECT_EQ(json_of(ask("GET", "/v1/streams"), 200)["streams"], json::array());
}

TEST_F(Api, RefusesAJobOfADeviceThatIsNotHere) {
  setenv("HEDDLE_CUDA_MODULE", "no-module.so", 1);  // also where there is a GPU
  start();
  unsetenv("HEDDLE_CUDA_MODULE");
  json job{{"command", "genome"}, {"inputs", {"genome.fa"}}, {"output", "a.gff3"}};
  for (const auto& [device, why] :
       {std::pair("cuda", "options.device: cuda: back end 'cuda' cannot run"),
        std::pair("gpu", "options.device: gpu: no such back end")}) {
    job["options"] = {{"device", device}};
    const json error = checked("POST", "/v1/jobs", "/v1/jobs", 400, job.dump())["error"];
    EXPECT_EQ(error["code"], "bad_option");
    EXPECT_EQ(error["field"], "options.device");
    EXPECT_THAT(error["message"].get<std::string>(), HasSubstr(why));
  }
  EXPECT_EQ(json_of(ask("GET", "/v1/jobs"), 200)["jobs"], json::array());
}

TEST_F(Api, RefusesAJobOfWhatItsModelDoesNotKnow) {
  start();
  json job{{"command", "genome"}, {"inputs", {"genome.fa"}}, {"output", "a.gff3"}};
  const auto error = [&](const json& options) {
    job["options"] = options;
    return checked("POST", "/v1/jobs", "/v1/jobs", 400, job.dump())["error"];
  };
  json said = error({{"classes", {"cds", "trna"}}, {"model", "genes-reference"}});
  EXPECT_EQ(said["code"], "bad_option");
  EXPECT_EQ(said["field"], "options.classes");
  EXPECT_EQ(said["message"],
            "options.classes: trna: model 'genes-reference' knows no RNA genes; genes-tiny, the "
            "default, does, and genes-rna");
  said = error({{"model", "tracking-reference"}});
  EXPECT_EQ(said["field"], "options.model");
  EXPECT_THAT(said["message"].get<std::string>(), HasSubstr("is of kind 'tracking'"));
  EXPECT_EQ(json_of(ask("GET", "/v1/jobs"), 200)["jobs"], json::array());
  job["options"] = {{"classes", {"trna"}}, {"model", "genes-rna"}};
  checked("POST", "/v1/jobs", "/v1/jobs", 201, job.dump());
}

TEST_F(Api, NamesTheFieldThatTheInputWasSentIn) {
  start();
  const auto field = [&](const json& body, int status) {
    return checked("POST", "/v1/streams", "/v1/streams", status, body.dump())["error"]["field"];
  };
  EXPECT_EQ(field({{"kind", "video"}, {"url", "http://camera.lan/"}}, 403), "url");
  EXPECT_EQ(field({{"kind", "video"}, {"path", "/etc/passwd"}}, 403), "path");
  EXPECT_EQ(field({{"kind", "video"}, {"input", "/etc/passwd"}}, 403), "input");
  EXPECT_EQ(field({{"kind", "video"}, {"url", "-"}}, 400), "url");
  const json other{{"kind", "video"}, {"path", "genome.fa"}};  // known once it is opened
  EXPECT_EQ(field(other, 400), "path");
  const json error =
      checked("POST", "/v1/streams", "/v1/streams", 400, other.dump())["error"]["message"];
  EXPECT_TRUE(error.get<std::string>().starts_with("path: ")) << error;
}

TEST_F(Api, RefusesAJobWhoseOutputCannotBeWrittenUnlessItMayReplaceIt) {
  start();
  std::ofstream(folder_ / "there.gff3") << "mine\n";
  json job{{"command", "genome"}, {"inputs", {"genome.fa"}}, {"output", "there.gff3"}};
  job["options"] = {{"task", "repeats"}};
  const json error = checked("POST", "/v1/jobs", "/v1/jobs", 409, job.dump())["error"];
  EXPECT_EQ(error["code"], "bad_output");
  EXPECT_EQ(error["field"], "output");
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("overwrite (true) to replace it"));
  job["options"]["overwrite"] = true;
  checked("POST", "/v1/jobs", "/v1/jobs", 201, job.dump());
  Listener listener(daemon_->socket(), "/v1/jobs/j1/events");
  EXPECT_EQ(json::parse(listener.next("end").data)["state"], "done");
  EXPECT_THAT(read_file(folder_ / "there.gff3"), HasSubstr("##gff-version 3"));
}

TEST_F(Api, GivesALongAbsentListenerTheNumberOfWhatItMissed) {
  start();
  const json spec{{"kind", "video"}, {"path", path("match.mp4")}};
  const std::string at = "/v1/streams/" + start_stream(spec);
  Listener first(daemon_->socket(), at + "/events");
  std::int64_t number = 0;
  for (StreamEvent event = first.next(); !event.type.empty(); event = first.next()) {
    EXPECT_EQ(std::stoll(event.id), ++number);  // without holes
  }
  Listener again(daemon_->socket(), at + "/events?last_event_id=" + std::to_string(number - 1));
  EXPECT_EQ(again.next().type, "end");
  EXPECT_EQ(again.next().type, "");
}

TEST_F(Api, AsksForTheTokenOnceItHasOne) {
  std::ofstream(folder_ / "token") << "0123456789abcdef0123456789abcdef\n";
  std::filesystem::permissions(folder_ / "token", std::filesystem::perms(0600));
  start("--token-file token --listen 0.0.0.0:0");
  checked("GET", "/healthz", "/healthz", 200);
  checked("GET", "/v1/info", "/v1/info", 401);
  EXPECT_EQ(ask("GET", "/v1/info").headers.at("www-authenticate"), "Bearer");
  const std::string header = "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n";
  EXPECT_EQ(heddle::ask(daemon_->tcp(), "GET", "/v1/info", "", header).status, 200);
}

TEST_F(Api, SaysInItsHelpAndManPageWhereItsSocketIs) {
  for (const char* words : {"serve --help", "docs man"}) {
    const std::string said = run("'" HEDDLE_BINARY "' " + std::string(words), folder_).output;
    EXPECT_THAT(said, HasSubstr("XDG_RUNTIME_DIR/heddle.sock")) << words;
    EXPECT_THAT(said, HasSubstr("UID.sock")) << words;
  }
}

TEST_F(Api, NeedsATokenWhereOthersMayReachIt) {
  const Outcome outcome = run("'" HEDDLE_BINARY "' serve --socket x --listen 0.0.0.0:0", folder_);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("--token-file is needed"));
}

}  // namespace
}  // namespace heddle
