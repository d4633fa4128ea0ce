// Uploads that do not come to their end: who sends is told why, and when.

#include "tests/cli/serve/daemon.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace heddle {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::size_t kMuch = 3000000000;
constexpr std::size_t kSoon = std::size_t{64} << 20;  // bytes, after which an answer is late

class Uploads : public Serving {
 protected:
  /// Of a new stream.
  std::string begin(Client& client, const std::string& kind = "genome") {
    json spec{{"kind", kind}, {"input", "upload"}};
    if (kind == "genome") spec["task"] = "repeats";
    at_ = "/v1/streams/" + start_stream(spec);
    client.send("POST " + at_ + "/data HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                std::to_string(kMuch) + "\r\n\r\n");
    return at_;
  }
  /// Returns once the stream reads it.
  void send_half(Client& client) {
    std::string half = ">half\n";
    for (std::size_t i = 0; i < 1 << 18; ++i) half += "ACGT"[(i * i / 7) % 4];
    client.send(half);
    while (json_of(ask("GET", at_), 200)["state"] != "running") ::usleep(10000);
  }
  /// Sends until the other side takes nothing more; so many bytes it took.
  static std::size_t push(Client& client, const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < kMuch && client.send(bytes)) sent += bytes.size();
    return sent;
  }
  static void expect_last(Client& client, int status, const char* code) {
    const Reply reply = client.read();
    ASSERT_EQ(reply.status, status);
    EXPECT_EQ(json::parse(reply.body)["error"]["code"], code);
    EXPECT_EQ(reply.headers.at("connection"), "close");
    EXPECT_TRUE(client.is_closed(20));
  }

  std::string at_;
};

TEST_F(Uploads, ThatADrainCutsAreToldSo) {
  start();
  Client silent(daemon_->tcp());
  begin(silent);
  send_half(silent);
  Client unread(daemon_->tcp());  // its stream has not begun to read
  begin(unread, "video");
  ask("POST", "/v1/drain");
  expect_last(silent, 503, "draining");
  expect_last(unread, 503, "draining");
  EXPECT_EQ(daemon_->wait(), 0);
}

TEST_F(Uploads, ThatAreRefusedAreToldBeforeTheirEnd) {
  start();
  Client silent(daemon_->tcp());
  begin(silent);
  silent.send(std::string(200000, '\0'));
  expect_last(silent, 409, "upload_refused");
  Client busy(daemon_->tcp());
  begin(busy);
  EXPECT_LT(push(busy, std::string(1 << 20, '\0')), kSoon);
}

TEST_F(Uploads, WhoseStreamIsStoppedAreToldBeforeTheirEnd) {
  start();
  Client silent(daemon_->tcp());
  begin(silent);
  send_half(silent);
  EXPECT_EQ(ask("DELETE", at_).status, 202);
  expect_last(silent, 410, "stream_ended");
}

TEST_F(Uploads, ThatWereSentAwayTakeNoPlaceOfTheNext) {
  start();
  Client client(daemon_->tcp());
  begin(client);
  client.send(std::string(200000, '\0'));
  expect_last(client, 409, "upload_refused");
  const std::string type = "Content-Type: text/x-fasta\r\n";
  EXPECT_EQ(ask("POST", at_ + "/data", ">a\nACGTACGT\n", type).status, 200);
}

}  // namespace
}  // namespace heddle
