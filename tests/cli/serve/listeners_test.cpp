// Clients that listen and do not read.

#include "tests/cli/serve/daemon.h"
#include "tests/shell.h"

#include <gmock/gmock.h>

namespace heddle {
namespace {

using nlohmann::json;

class Listeners : public Serving {
 protected:
  /// More than the 16 MiB of events that the daemon holds of a stream, by its long names.
  static std::string many_sequences() {
    std::string text;
    for (int i = 0; i < 20000; ++i) {
      text += ">" + std::to_string(i) + std::string(1000, 'x') + "\nACGT\n";
    }
    return text;
  }
};

TEST_F(Listeners, WhoReadsSlowlyDelaysNobodyAndHearsHowManyItMissed) {
  start();
  const std::string at =
      "/v1/streams/" + start_stream({{"kind", "genome"}, {"task", "repeats"}, {"input", "upload"}});
  Listener slow(daemon_->socket(), at + "/events");
  const std::string reads = many_sequences();
  const Reply taken = ask("POST", at + "/data", reads, "Content-Type: text/x-fasta\r\n");
  EXPECT_EQ(json_of(taken, 200)["bytes"], reads.size());
  EXPECT_EQ(ask("DELETE", at).status, 202);
  Listener quick(daemon_->socket(), at + "/events");
  EXPECT_NE(quick.next("end").type, "");

  std::int64_t last = 0, heard = 0, missed = 0;
  for (StreamEvent event = slow.next(); !event.type.empty(); event = slow.next()) {
    if (event.type == "lost") {
      missed += json::parse(event.data)["count"].get<std::int64_t>();
      continue;
    }
    EXPECT_GT(std::stoll(event.id), last);
    last = std::stoll(event.id);
    ++heard;
  }
  EXPECT_GT(missed, 0);
  EXPECT_EQ(heard + missed, last);
  EXPECT_EQ(json_of(ask("GET", at), 200)["last_event"], last);
}

TEST_F(Listeners, AreToldWhenAndThatNoMoreComes) {
  EXPECT_THAT(start().said(), testing::ContainsRegex("20[0-9-]+T[0-9:.]+Z serving on "));
  const std::string at =
      "/v1/streams/" + start_stream({{"kind", "genome"}, {"task", "repeats"}, {"input", "upload"}});
  EXPECT_EQ(ask("DELETE", at).status, 202);
  Listener listener(daemon_->socket(), at + "/events");
  std::string last;
  for (StreamEvent event = listener.next(); !event.type.empty(); event = listener.next()) {
    EXPECT_THAT(json::parse(event.data).value("wall", ""), testing::EndsWith("Z")) << event.type;
    last = event.id;
  }
  EXPECT_EQ(ask("GET", at + "/events", "", "Last-Event-ID: " + last + "\r\n").status, 204);
}

}  // namespace
}  // namespace heddle
