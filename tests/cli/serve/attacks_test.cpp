// What hostile clients send, as a table; after each the daemon answers others as before.

#include "tests/cli/serve/daemon.h"
#include "tests/shell.h"
#include "tests/unit/io/video/local_server.h"

#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <vector>

namespace heddle {
namespace {

using nlohmann::json;

std::string post(const std::string& path, const std::string& body) {
  return request_text("POST", path, body);
}
std::string get(const std::string& path, const std::string& headers = "") {
  return request_text("GET", path, "", headers);
}
std::string stream(const std::string& field, const std::string& input) {
  return post("/v1/streams", json{{"kind", "video"}, {field, input}}.dump());
}
std::string option(const std::string& name, const json& value) {
  return post("/v1/jobs",
              json{{"command", "genome"},
                   {"inputs", {"genome.fa"}},
                   {"output", "x.gff3"},
                   {"options", {{name, value}}}}
                  .dump());
}
std::string stream_option(const std::string& name, const json& value) {
  return post("/v1/streams",
              json{{"kind", "video"}, {"path", "match.mp4"}, {"options", {{name, value}}}}.dump());
}
std::string raw(const std::string& head, const std::string& body = "") {
  return "POST /v1/streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
         head + "\r\n" + body;
}

struct Attack {
  const char* name;
  std::string bytes;
  std::vector<int> answers;  // 0: the connection just ends
};

std::vector<Attack> on_paths_and_addresses() {
  return {
      {"climbs out of the page", get("/page/../../etc/passwd"), {404}},
      {"climbs with escapes", get("/page/%2e%2e%2f%2e%2e%2fetc%2fpasswd"), {404}},
      {"climbs with double escapes", get("/page/%252e%252e%252fetc"), {404}},
      {"hides a NUL in the path", get("/page/index.html%00.css"), {400}},
      {"splits the answer by the path", get("/page/a%0d%0aSet-Cookie:%20x"), {400}},
      {"has broken UTF-8 in the path", get("/page/%c0%ae%c0%ae"), {400}},
      {"names a stream by a path", get("/v1/streams/..%2f..%2fjobs"), {404}},
      {"reads a file by its path", stream("path", "/etc/passwd"), {403}},
      {"reads a file by climbing", stream("path", "../../../../etc/passwd"), {403}},
      {"reads a file by its address", stream("url", "file:///etc/passwd"), {403}},
      {"reads files one behind the other",
       stream("url", "concat:/etc/passwd|/etc/group"),
       {403, 404}},
      {"reads a device", stream("path", "/dev/zero"), {403}},
      {"takes the daemon's standard input", stream("path", "-"), {400}},
      {"watches a folder of others", stream("input", "watch:/etc"), {403}},
      {"asks the cloud's metadata", stream("url", "http://169.254.169.254/latest/"), {403}},
      {"asks loopback by number", stream("url", "http://2130706433/"), {403}},
      {"asks with a name before the host", stream("url", "http://localhost@10.0.0.1/"), {403}},
      {"speaks other protocols", stream("url", "gopher://localhost:25/_HELO"), {403}},
  };
}

std::vector<Attack> on_options_and_json() {
  const std::string deep(100000, '[');
  return {
      {"reads a file by an option's name", stream_option("detections=/etc/passwd", true), {400}},
      {"reads a file by an option", stream_option("detections", "/etc/passwd"), {403}},
      {"hides an option behind white space", stream_option("frames\t--detections", 1), {400}},
      {"writes outside",
       post("/v1/jobs", R"({"command":"genome","inputs":["genome.fa"],"output":"/etc/cron.d/x"})"),
       {403}},
      {"gives an option that writes", option("log", "/tmp/x"), {400}},
      {"gives an option as a value", option("task", "--log=/tmp/x"), {400}},
      {"gives two options in one name", option("task=genes --log", "x"), {400}},
      {"nests JSON deeply", post("/v1/streams", deep), {400}},
      {"has a number beyond all numbers",
       post("/v1/streams", R"({"kind":"video","priority":1e9999})"),
       {400}},
      {"has a priority beyond all",
       post("/v1/streams", R"({"kind":"video","input":"upload","priority":9223372036854775808})"),
       {400}},
      {"says a key twice",
       post("/v1/streams", R"({"kind":"video","kind":"genome","input":"upload"})"),
       {400}},
      {"hides a NUL in JSON", post("/v1/streams", R"({"kind":"video","path":"a\u0000b"})"), {400}},
      {"has broken UTF-8 in JSON", post("/v1/streams", "{\"kind\":\"vid\xff\"}"), {400}},
  };
}

std::vector<Attack> on_http() {
  const std::string long_header = "X-Long: " + std::string(60000, 'a') + "\r\n";
  return {
      {"sends a form",
       request_text("POST",
                    "/v1/streams",
                    "kind=video",
                    "Content-Type: application/x-www-form-urlencoded\r\n"),
       {415}},
      {"sends no type",
       raw("Content-Length: 2\r\n", "{}").replace(raw("").find("Content-Type"), 32, ""),
       {415}},
      {"has a giant header", get("/healthz", long_header), {431, 413, 400, 0}},
      {"has a giant address", get("/" + std::string(60000, 'a')), {414, 431, 404, 400, 0}},
      {"has two lengths", raw("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), {400}},
      {"has a length and chunks",
       raw("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       {400}},
      {"has an odd coding", raw("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), {400}},
      {"has a negative length", raw("Content-Length: -1\r\n"), {400, 413, 0}},
      {"has a length beyond numbers",
       raw("Content-Length: 99999999999999999999999\r\n"),
       {400, 413, 0}},
      {"has a chunk beyond numbers",
       raw("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\nx"),
       {400, 413, 0}},
      {"has a chunk of no number", raw("Transfer-Encoding: chunked\r\n", "zz\r\nx\r\n"), {400, 0}},
      {"has no host", "GET /healthz HTTP/1.1\r\n\r\n", {400}},
      {"comes by a name of others", "GET /v1/info HTTP/1.1\r\nHost: evil.com\r\n\r\n", {403}},
      {"comes from a page of others",
       request_text("POST", "/v1/drain", "", "Origin: http://evil.com\r\n"),
       {403}},
      {"packs its body", raw("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}"), {400}},
      {"speaks no HTTP", "\x16\x03\x01\x02\r\n\r\n", {400, 0}},
      {"asks for another's connection",
       "CONNECT evil.com:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
       {404, 405, 400}},
      {"traces", "TRACE /v1/info HTTP/1.1\r\nHost: localhost\r\n\r\n", {405}},
  };
}

std::vector<Attack> attacks() {
  std::vector<Attack> all = on_paths_and_addresses();
  for (const auto& more : {on_options_and_json(), on_http()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

class Attacks : public Serving {
 protected:
  Reply healthy() { return heddle::ask(daemon_->tcp(), "GET", "/healthz"); }
  static double seconds_since(std::chrono::steady_clock::time_point from) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
  }
};

TEST_F(Attacks, AreEachAnsweredAndHarmNobody) {
  start();
  for (const Attack& attack : attacks()) {
    Client client(daemon_->tcp());
    client.send(attack.bytes);
    const Reply reply = client.read();
    EXPECT_THAT(attack.answers, testing::Contains(reply.status))
        << attack.name << ": " << reply.body;
    EXPECT_EQ(reply.body.find("root:"), std::string::npos) << attack.name;
    EXPECT_EQ(healthy().status, 200) << attack.name;
  }
  EXPECT_EQ(json_of(ask("GET", "/v1/streams"), 200)["streams"].size(), 0u);
  EXPECT_EQ(json_of(ask("GET", "/v1/jobs"), 200)["jobs"].size(), 0u);
}

TEST_F(Attacks, BySmugglingASecondRequestAreCutOff) {
  start();
  Client client(daemon_->tcp());
  client.send(raw("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                  "0\r\n\r\nGET /v1/info HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(client.read().status, 400);
  EXPECT_EQ(client.read().status, 0);  // the second is never answered
}

TEST_F(Attacks, ByGuessingTokensLearnNothing) {
  std::ofstream(folder_ / "token") << "0123456789abcdef0123456789abcdef\n";
  std::filesystem::permissions(folder_ / "token", std::filesystem::perms(0600));
  start("--token-file token");
  Client client(daemon_->tcp());
  for (const char* guess : {"",
                            "0",
                            "0123456789abcdef0123456789abcde",
                            "0123456789abcdef0123456789abcdef0",
                            "0123456789ABCDEF0123456789ABCDEF"}) {
    client.send(get("/v1/info", std::string("Authorization: Bearer ") + guess + "\r\n"));
    const Reply reply = client.read();
    EXPECT_EQ(reply.status, 401) << guess;
    EXPECT_EQ(reply.body.find("0123"), std::string::npos);
  }
  client.send(get("/v1/streams/s1"));  // whether it is there is not told either
  EXPECT_EQ(client.read().status, 401);
}

TEST_F(Attacks, By300MegabytesEndEarly) {
  start();
  Client client(daemon_->tcp());
  client.send(raw("Transfer-Encoding: chunked\r\n"));
  const std::string chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  std::size_t sent = 0;
  while (sent < (std::size_t{300} << 20) && client.send(chunk)) sent += 0x10000;
  EXPECT_LT(sent, std::size_t{32} << 20);
  EXPECT_EQ(healthy().status, 200);
}

TEST_F(Attacks, ByALongBodyAreToldWhy) {
  start();
  Client told(daemon_->tcp());  // its length says so at once
  told.send(raw("Content-Length: 300000000\r\n"));
  EXPECT_EQ(told.read().status, 413);
  Client chunked(daemon_->tcp());  // and here once it is too long
  chunked.send(raw("Transfer-Encoding: chunked\r\n"));
  const std::string chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  for (int i = 0; i < 20; ++i) chunked.send(chunk);
  EXPECT_EQ(chunked.read().status, 413);
}

TEST_F(Attacks, By200SlowClientsLeaveRoomForOthersAndEndAfterTenSeconds) {
  start();
  Address slow = daemon_->tcp();
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 200; ++i) {
    slow.from = "127.0.0." + std::to_string(2 + i / 50);
    clients.push_back(std::make_unique<Client>(slow));
    clients.back()->send("GET /v1/info HTTP/1.1\r\nHost: lo");
  }
  EXPECT_EQ(healthy().status, 200);
  EXPECT_EQ(ask("GET", "/v1/info").status, 200);
  slow.from = "127.0.0.2";  // also for a neighbour of theirs
  EXPECT_EQ(heddle::ask(slow, "GET", "/healthz").status, 200);
  int closed = 0;
  for (const auto& client : clients) {
    client->send("c");  // a byte now and then does not help
    closed += client->is_closed(30) ? 1 : 0;
  }
  EXPECT_EQ(closed, 200);
  EXPECT_LT(seconds_since(began), 40);
  EXPECT_EQ(healthy().status, 200);
}

TEST_F(Attacks, ByOneAddressLeaveThePlacesOfOthers) {
  start("--connections-an-address 8");
  std::vector<std::unique_ptr<Client>> clients;
  Address greedy = daemon_->tcp();
  greedy.from = "127.0.0.2";
  for (int i = 0; i < 50; ++i) clients.push_back(std::make_unique<Client>(greedy));
  EXPECT_EQ(healthy().status, 200);
}

TEST_F(Attacks, ByServersThatLeadElsewhereReachNobody) {
  using io::LocalServer;
  const LocalServer target(read_file(path("match.mp4")), LocalServer::Manner::kWhole, 2);
  const LocalServer door(target.url("a.mp4"), LocalServer::Manner::kElsewhere);
  start("--allow-url http://127.0.0.1");
  const std::string at =
      "/v1/streams/" + start_stream({{"kind", "video"}, {"input", door.url("a.mp4")}});
  Listener stream(daemon_->socket(), at + "/events");
  EXPECT_THAT(stream.next("error").data, testing::HasSubstr("it leads to 127.0.0.2"));
  ask("DELETE", at);
  const json job{{"command", "video"}, {"inputs", {door.url("a.mp4")}}, {"output", "a.txt"}};
  const json made = json_of(ask("POST", "/v1/jobs", job.dump()), 201);
  Listener listener(daemon_->socket(), "/v1/jobs/" + made["id"].get<std::string>() + "/events");
  EXPECT_EQ(json::parse(listener.next("end").data)["state"], "failed");
  EXPECT_THAT(json_of(ask("GET", "/v1/jobs/j1"), 200)["error"].dump(),
              testing::HasSubstr("it leads to 127.0.0.2"));
  EXPECT_EQ(target.asked(), 0);
}

}  // namespace
}  // namespace heddle
