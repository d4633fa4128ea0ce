// A state folder that takes nothing, and one whose records are damaged.

#include "tests/cli/serve/daemon.h"
#include "tests/shell.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>

namespace heddle {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class State : public Serving {
 protected:
  /// Nothing can be written there any more; also not by root.
  void close(const std::string& name) {
    fs::remove_all(folder_ / "state" / name);
    std::ofstream(folder_ / "state" / name) << "no folder";
  }
  json upload() const { return {{"kind", "genome"}, {"task", "repeats"}, {"input", "upload"}}; }
};

TEST_F(State, ThatTakesNothingRefusesWhatIsNewByACodeOfItsOwn) {
  start("--state state");
  close("streams/specs");
  close("jobs");
  const json job{{"command", "genome"}, {"inputs", {"genome.fa"}}, {"output", "a.gff3"}};
  for (const auto& [route, spec] :
       {std::pair("/v1/streams", upload()), std::pair("/v1/jobs", job)}) {
    const json error = json_of(ask("POST", route, spec.dump()), 507)["error"];
    EXPECT_EQ(error["code"], "state_unwritable") << route;
    EXPECT_THAT(error["message"], HasSubstr("make room there")) << route;
  }
  EXPECT_EQ(json_of(ask("GET", "/v1/streams"), 200)["streams"], json::array());
}

TEST_F(State, IsWatchedByMetricsFromTheStartOfAStream) {
  start("--state state");
  const std::string id = start_stream(upload());
  const std::string metrics = ask("GET", "/metrics").body;
  const std::string labels = "{stream=\"" + id + "\",kind=\"genome\"} ";
  EXPECT_THAT(metrics, HasSubstr("heddle_stream_checkpoint_age_seconds" + labels));
  EXPECT_THAT(metrics, HasSubstr("heddle_checkpoint_failures_total" + labels + "0\n"));
  EXPECT_EQ(json_of(ask("GET", "/v1/streams/" + id), 200)["checkpoint_age"], nullptr);
  start();
  start_stream(upload());
  EXPECT_THAT(ask("GET", "/metrics").body, Not(HasSubstr("checkpoint_age_seconds{")));
}

TEST_F(State, WithDamagedRecordsIsToldOfAtTheStartAndLeftAlone) {
  start("--state state");
  daemon_->signal(SIGTERM);
  daemon_->wait();
  const std::string noise("\x00\xff{]\x7f", 5);
  std::ofstream(folder_ / "state/jobs/j90.json") << noise;
  std::ofstream(folder_ / "state/jobs/j91.json") << "{}";  // of another version
  std::ofstream(folder_ / "state/streams/specs/s90000.json") << "{";
  start("--state state");
  EXPECT_EQ(start_stream(upload()), "s90001") << "a name that is on disk is not given again";
  daemon_->signal(SIGTERM);
  daemon_->wait();
  EXPECT_THAT(daemon_->said(),
              AllOf(HasSubstr("jobs/j90.json is damaged"),
                    HasSubstr("the job j91 cannot be used"),
                    HasSubstr("specs/s90000.json is damaged")));
  EXPECT_EQ(read_file(folder_ / "state/jobs/j90.json"), noise);
  EXPECT_EQ(read_file(folder_ / "state/streams/specs/s90000.json"), "{");
}

}  // namespace
}  // namespace heddle
