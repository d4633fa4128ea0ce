#include "app/serve/api/error.h"
#include "app/serve/auth.h"
#include "app/serve/http/connections.h"
#include "app/serve/http/head.h"
#include "app/serve/http/listen.h"
#include "app/serve/http/server.h"
#include "app/serve/http/text.h"
#include "app/serve/http/workers.h"
#include "tests/shell.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>

namespace heddle::app::serve {
namespace {

TEST(HttpText, DecodesEscapesOnceAndRefusesWhatHidesInThem) {
  EXPECT_EQ(percent_decoded("/a%20b%2Fc"), "/a b/c");
  EXPECT_EQ(percent_decoded("%2565"), "%65");
  for (const char* bad : {"%", "%2", "%zz", "%00", "a%0d%0ab", "%c0%af", "%ed%a0%80", "%ff"}) {
    EXPECT_EQ(percent_decoded(bad), std::nullopt) << bad;
  }
}

TEST(HttpText, KnowsUtf8FromWhatOnlyLooksLikeIt) {
  EXPECT_TRUE(is_utf8("gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x9f"));
  for (const char* bad : {"\x80", "\xc3", "\xe0\x80\x80", "\xf4\x90\x80\x80", "\xed\xbf\xbf"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(HttpText, ComparesSecretsWhole) {
  EXPECT_TRUE(equal_in_constant_time("secret", "secret"));
  EXPECT_FALSE(equal_in_constant_time("secre", "secret"));
  EXPECT_FALSE(equal_in_constant_time("secretsecret", "secret"));
  EXPECT_FALSE(equal_in_constant_time("secrex", "secret"));
  EXPECT_FALSE(equal_in_constant_time("", "secret"));
}

TEST(HttpText, FindsTheHostOfAHeaderAndOfAnOrigin) {
  EXPECT_EQ(host_of("LocalHost:8080"), "localhost");
  EXPECT_EQ(host_of("[::1]:8080"), "::1");
  EXPECT_EQ(host_of("http://a.b:80"), "a.b");
  EXPECT_TRUE(is_loopback_name("127.9.9.9"));
  EXPECT_FALSE(is_loopback_name("127.0.0.1.evil.com"));
}

Head head_of(const std::vector<std::pair<std::string, std::string>>& headers) {
  Head head;
  take_headers(headers, head);
  return head;
}

TEST(HttpHead, RefusesWhatTwoReadersCouldReadInTwoWays) {
  EXPECT_TRUE(head_of({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}).fault);
  EXPECT_TRUE(head_of({{"Content-Length", "5"}, {"content-length", "6"}}).fault);
  EXPECT_TRUE(head_of({{"Host", "a"}, {"Host", "b"}}).fault);
  EXPECT_TRUE(head_of({{"Transfer-Encoding", "gzip, chunked"}}).fault);
  for (const char* length : {"+5", "-1", "0x10", "5 6", "", "99999999999999999999"}) {
    EXPECT_TRUE(head_of({{"Content-Length", length}}).fault) << length;
  }
  EXPECT_TRUE(head_of({{"X-Odd", std::string("a\0b", 3)}}).fault);
  EXPECT_FALSE(head_of({{"Content-Length", "5"}, {"Accept", "a"}, {"Accept", "b"}}).fault);
}

TEST(HttpHead, TakesValuesWithoutTheBlanksAroundThem) {
  const Head head = head_of({{"Last-Event-ID", "3 "}, {"X", "\t a  b \t"}, {"Empty", " "}});
  EXPECT_EQ(head.request.header("last-event-id"), "3");
  EXPECT_EQ(head.request.header("x"), "a  b");
  EXPECT_EQ(head.request.header("empty"), "");
  EXPECT_EQ(head_of({{"Content-Length", " 7 "}}).body_length, 7);
}

TEST(HttpText, ComparesEntityTagsWeakly) {
  for (const char* naming :
       {R"("a")", R"(W/"a")", "*", R"("x", "a")", R"("x,y" ,W/"a" , "z")", R"( "a" )"}) {
    EXPECT_TRUE(names_tag(naming, R"("a")")) << naming;
  }
  EXPECT_TRUE(names_tag(R"("a")", R"(W/"a")"));
  for (const char* other : {"", "a", R"("b")", R"(w/"a")", R"("a)", R"("x, "a"")", R"("A")"}) {
    EXPECT_FALSE(names_tag(other, R"("a")")) << other;
  }
}

TEST(HttpHead, KnowsWhetherABodyFollows) {
  EXPECT_FALSE(head_of({}).body_follows);
  EXPECT_FALSE(head_of({{"Content-Length", "0"}}).body_follows);
  EXPECT_TRUE(head_of({{"Content-Length", "7"}}).body_follows);
  EXPECT_TRUE(head_of({{"Transfer-Encoding", "Chunked"}}).body_follows);
}

class Places : public testing::Test {
 protected:
  static constexpr Connections::Clock::time_point kStart{};
  static Connections::Clock::time_point after(int seconds) {
    return kStart + std::chrono::seconds(seconds);
  }
  /// A descriptor whose shutdown can be seen at the other end.
  int descriptor() {
    std::array<int, 2> ends{};
    ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data());
    ours_.emplace_back(ends[0]);
    theirs_.emplace_back(ends[1]);
    return ends[0];
  }
  bool shut(std::size_t i) {
    char c = 0;
    return ::recv(theirs_[i].get(), &c, 1, MSG_DONTWAIT) == 0;
  }

  Connections connections_{{.connections = 10, .an_address = 2, .event_streams = 1}};
  std::vector<Socket> ours_, theirs_;
};

TEST_F(Places, ShutDownWhoeverKeepsOneWithoutARequest) {
  auto* waiting = connections_.opened("a", descriptor(), kStart);
  auto* working = connections_.opened("b", descriptor(), kStart);
  connections_.works(working);
  connections_.sweep(after(9));
  EXPECT_FALSE(shut(0));
  connections_.sweep(after(10));
  EXPECT_TRUE(shut(0));
  EXPECT_FALSE(shut(1));
  connections_.closed(waiting);
  connections_.waits(working, after(10));
  connections_.sweep(after(20));
  EXPECT_TRUE(shut(1));
  EXPECT_EQ(connections_.counts().late, 2);
}

TEST_F(Places, AreTakenFromTheLongestWaitingOfTheSameAddress) {
  connections_.opened("a", descriptor(), kStart);
  connections_.opened("a", descriptor(), after(1));
  EXPECT_TRUE(connections_.admits("b", after(1)));
  EXPECT_TRUE(connections_.admits("", after(1)));
  EXPECT_TRUE(connections_.admits("a", after(3)));
  EXPECT_TRUE(shut(0));
  EXPECT_FALSE(shut(1));
}

TEST_F(Places, AreRefusedWhereAllOfAnAddressAreAtWork) {
  for (int i = 0; i < 2; ++i) connections_.works(connections_.opened("a", descriptor(), kStart));
  EXPECT_FALSE(connections_.admits("a", after(5)));
  EXPECT_TRUE(connections_.admits("b", after(5)));
}

TEST_F(Places, AreSoManyOverAllAddresses) {
  std::vector<Connections::Place*> places;
  for (int i = 0; i < 10; ++i) {
    places.push_back(connections_.opened(std::to_string(i), descriptor(), kStart));
    connections_.works(places.back());
  }
  EXPECT_FALSE(connections_.admits("new", after(5)));
  EXPECT_FALSE(connections_.admits("", after(5)));
  connections_.waits(places[4], after(5));
  EXPECT_TRUE(connections_.admits("new", after(7)));
  EXPECT_TRUE(shut(4));
}

TEST_F(Places, OfEventStreamsCountApart) {
  auto* first = connections_.opened("a", descriptor(), kStart);
  auto* second = connections_.opened("a", descriptor(), kStart);
  EXPECT_TRUE(connections_.listens(first));
  EXPECT_FALSE(connections_.listens(second));
  EXPECT_TRUE(connections_.admits("a", kStart));
  connections_.closed(first);
  EXPECT_EQ(connections_.counts().event_streams, 0);
  EXPECT_TRUE(connections_.listens(second));
}

TEST(Workers, DoEverythingBeforeTheyFinish) {
  std::atomic<int> done{0};
  Workers workers(3, 1000);
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(workers.add([&done] { ++done; }));
  workers.finish();
  EXPECT_EQ(done, 500);
  EXPECT_FALSE(workers.add([] {}));
}

TEST(Listen, TakesAddressesWithTheirPorts) {
  EXPECT_EQ(tcp_address("127.0.0.1:8080").text(), "127.0.0.1:8080");
  EXPECT_EQ(tcp_address("[::1]:80").text(), "[::1]:80");
  EXPECT_TRUE(tcp_address("localhost:0").loopback());
  EXPECT_FALSE(tcp_address("0.0.0.0:80").loopback());
  EXPECT_FALSE(tcp_address("[::]:80").loopback());
  for (const char* bad : {"",
                          ":80",
                          "80",
                          "127.0.0.1",
                          "127.0.0.1:",
                          "127.0.0.1:x",
                          "127.0.0.1:70000",
                          "camera.lan:80",
                          "::1:80"}) {
    EXPECT_THROW(tcp_address(bad), std::invalid_argument) << bad;
  }
}

TEST(Listen, KeepsTheUnixSocketToItsUserAndReplacesAStaleOne) {
  const auto folder = fresh_folder("socket");
  const std::string path = (folder / "s").string();
  {
    const Socket first = listen_unix(path);
    EXPECT_EQ(std::filesystem::status(path).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_THROW(listen_unix(path), std::runtime_error);  // it answers
  }
  EXPECT_NO_THROW(listen_unix(path));
  std::filesystem::remove_all(folder);
}

/// Says how much of a body it was given.
class Measuring : public Site {
 public:
  explicit Measuring(BodyKind body) : body_(body) {}
  Plan plan(Request& /*request*/) override {
    Plan plan;
    plan.body = body_;
    return plan;
  }
  Response answer(const Plan& /*plan*/, const Request& request) override {
    return {.content_type = "text/plain", .body = std::to_string(request.body.size())};
  }
  Response error(ErrorCode code, const std::string& /*message*/) override {
    return {
        .status = code.status(), .content_type = "text/plain", .body = std::string(code.text())};
  }
  void count(const std::string& /*route*/, int /*status*/, double /*seconds*/) override {}

 private:
  const BodyKind body_;
};

/// The answer to a POST of a chunked body of so many bytes (at most 15), where 10 are allowed.
std::string answer_to(BodyKind kind, std::size_t bytes) {
  const auto folder = fresh_folder("server");
  const std::string path = (folder / "s").string();
  Measuring site(kind);
  Server server(site, {.json_bytes = 10});
  server.serve(listen_unix(path), true);
  const Socket client(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  const std::string request =
      "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: "
      "chunked\r\n\r\n" +
      std::string(1, "0123456789abcdef"[bytes]) + "\r\n" + std::string(bytes, 'x') +
      "\r\n0\r\n\r\n";
  EXPECT_EQ(::send(client.get(), request.data(), request.size(), 0),
            static_cast<ssize_t>(request.size()));
  std::string answer;
  std::array<char, 1024> piece{};
  for (ssize_t got = 0; (got = ::recv(client.get(), piece.data(), piece.size(), 0)) > 0;) {
    answer.append(piece.data(), static_cast<std::size_t>(got));
  }
  server.stop();
  std::filesystem::remove_all(folder);
  return answer;
}

TEST(Server, KeepsABodyOnlyWhereARouteReadsIt) {
  EXPECT_TRUE(answer_to(BodyKind::kJson, 10).ends_with("\r\n\r\n10"));
  EXPECT_TRUE(answer_to(BodyKind::kNone, 10).ends_with("\r\n\r\n0"));
  EXPECT_TRUE(answer_to(BodyKind::kJson, 11).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(answer_to(BodyKind::kNone, 11).starts_with("HTTP/1.1 413 "));
}

std::string counted_as(const char* text) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  EXPECT_EQ(::inet_pton(AF_INET6, text, &address.sin6_addr), 1);
  return address_of(reinterpret_cast<const sockaddr*>(&address));
}

TEST(Server, CountsAddressesByWhatOneMachineHas) {
  EXPECT_EQ(counted_as("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(counted_as("2001:db8:1:2:ffff::1"), "2001:db8:1:2::");
  EXPECT_EQ(counted_as("2001:db8:1:3::1"), "2001:db8:1:3::");
  EXPECT_EQ(counted_as("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_of(nullptr), "");
}

std::string code_of(const Auth& auth, const Request& request, bool needs_token = true) {
  try {
    auth.check(request, needs_token);
    return "";
  } catch (const ApiError& error) {
    return error.code();
  }
}

Request request_with(std::string name, std::string value, const char* host = "localhost:80") {
  Request request;
  request.headers = {{"host", host}};
  request.headers[std::move(name)] = std::move(value);
  return request;
}

TEST(Auth, AsksForTheTokenWhereThereIsOne) {
  const Auth auth("0123456789abcdef");
  EXPECT_EQ(code_of(auth, request_with("x", "")), "no_token");
  EXPECT_EQ(code_of(auth, request_with("authorization", "Bearer 0123456789abcdeX")), "wrong_token");
  EXPECT_EQ(code_of(auth, request_with("authorization", "Basic 0123456789abcdef")), "wrong_token");
  EXPECT_EQ(code_of(auth, request_with("authorization", "bearer 0123456789abcdef")), "");
  EXPECT_EQ(code_of(auth, request_with("x", ""), false), "");
}

TEST(Auth, WithoutATokenAnswersOnlyToNamesOfThisMachine) {
  const Auth auth;
  EXPECT_EQ(code_of(auth, request_with("x", "", "127.0.0.1:8080")), "");
  EXPECT_EQ(code_of(auth, request_with("x", "", "[::1]:8080")), "");
  EXPECT_EQ(code_of(auth, request_with("x", "", "evil.com")), "foreign_host");
  Request local = request_with("x", "", "anything");
  local.local = true;
  EXPECT_EQ(code_of(auth, local), "");
}

TEST(Auth, TurnsAwayPagesOfOthers) {
  const Auth auth;
  EXPECT_EQ(code_of(auth, request_with("origin", "http://localhost:80")), "");
  EXPECT_EQ(code_of(auth, request_with("origin", "http://evil.com")), "foreign_origin");
  EXPECT_EQ(code_of(auth, request_with("origin", "null")), "foreign_origin");
}

TEST(Auth, TakesOnlyATokenThatIsSecret) {
  const auto folder = fresh_folder("token");
  const std::string file = (folder / "token").string();
  std::ofstream(file) << "0123456789abcdef\n";
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  EXPECT_THROW(read_token(file), std::invalid_argument);
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  EXPECT_EQ(read_token(file), "0123456789abcdef");
  std::ofstream(file) << "short\n";
  EXPECT_THROW(read_token(file), std::invalid_argument);
  EXPECT_THROW(read_token(file + "2"), std::invalid_argument);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace heddle::app::serve
