// Ends: SIGTERM, a second signal, kill -9; and what goes on afterwards.

#include "tests/cli/moving_pictures.h"
#include "tests/cli/serve/daemon.h"
#include "tests/shell.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <sstream>
#include <tuple>

namespace heddle {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Restart : public Serving {
 protected:
  std::string upload_stream() {
    return start_stream({{"kind", "genome"}, {"task", "repeats"}, {"input", "upload"}});
  }
  /// A genome that keeps a job busy for some seconds.
  void write_long_genome() {
    std::mt19937 random(1);
    std::ofstream file(folder_ / "long.fa");
    for (int i = 0; i < 4; ++i) {
      file << ">contig" << i << "\n";
      for (int k = 0; k < 20000; ++k) file << "ACGT"[random() % 4];
      file << "\n";
    }
  }
  std::string long_job() {
    write_long_genome();
    const json spec{{"command", "genome"},
                    {"inputs", {"long.fa"}},
                    {"output", "long.gff3"},
                    {"options", {{"passes", 1}}}};
    return json_of(ask("POST", "/v1/jobs", spec.dump()), 201)["id"];
  }
  /// The process of the daemon's only job; 0: there is none.
  pid_t job_process() const {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::ifstream file(entry.path() / "stat");
      std::string text;
      std::getline(file, text);
      const std::size_t name_ends = text.rfind(')');
      if (name_ends == std::string::npos) continue;
      char state = 0;
      pid_t parent = 0;
      std::istringstream(text.substr(name_ends + 1)) >> state >> parent;
      if (parent == daemon_->process()) return std::stoi(text);
    }
    return 0;
  }
  json job(const std::string& id) { return json_of(ask("GET", "/v1/jobs/" + id), 200); }
};

TEST_F(Restart, SigtermDrainsAndExitsWithZero) {
  RunningDaemon& daemon = start("--state state");
  const std::string id = upload_stream();
  Listener listener(daemon.socket(), "/v1/streams/" + id + "/events");
  daemon.signal(SIGTERM);
  EXPECT_NE(listener.next("end").type, "");
  EXPECT_EQ(daemon.wait(), 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "s")) << "its socket is still there";
}

TEST_F(Restart, ADoubledSigtermDoesNotCutTheDrain) {
  RunningDaemon& daemon = start("--state state");
  const std::string id = long_job();
  Listener listener(daemon.socket(), "/v1/jobs/" + id + "/events");
  ASSERT_NE(listener.next("progress").type, "");
  daemon.signal(SIGTERM);
  ::usleep(50'000);
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(), 0);
  start("--state state");
  Listener again(daemon_->socket(), "/v1/jobs/" + id + "/events");
  EXPECT_EQ(json::parse(again.next("end").data)["state"], "done") << job(id);
}

TEST_F(Restart, DrainByTheApiIsTheSame) {
  RunningDaemon& daemon = start();
  EXPECT_EQ(json_of(ask("POST", "/v1/drain"), 202)["draining"], true);
  EXPECT_EQ(daemon.wait(), 0);
}

TEST_F(Restart, WhoDrainsTakesNothingMoreAndSaysSoWhileItStillAnswers) {
  RunningDaemon& daemon = start("--state state");
  const std::string id = long_job();
  Listener listener(daemon.socket(), "/v1/jobs/" + id + "/events");
  ASSERT_NE(listener.next("progress").type, "");
  const pid_t child = job_process();
  ASSERT_GT(child, 0);
  ::kill(child, SIGSTOP);  // so that the drain waits for it
  daemon.signal(SIGTERM);
  while (ask("GET", "/readyz").status == 200) ::usleep(10'000);
  for (const auto& [method, path, body] :
       {std::tuple("GET", "/readyz", ""),
        std::tuple("POST", "/v1/streams", R"({"kind":"genome","input":"upload"})"),
        std::tuple("POST",
                   "/v1/jobs",
                   R"({"command":"genome","inputs":["genome.fa"],"output":"a.gff3"})")}) {
    EXPECT_EQ(json_of(ask(method, path, body), 503)["error"]["code"], "draining") << path;
  }
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
  EXPECT_EQ(json_of(ask("GET", "/v1/info"), 200)["draining"], true);
  ::kill(child, SIGCONT);
  EXPECT_EQ(daemon.wait(), 0);
}

TEST_F(Restart, StreamsOfAKilledDaemonStartAgain) {
  start("--state state");
  const std::string id = upload_stream();
  const std::string gone = upload_stream();
  Listener listener(daemon_->socket(), "/v1/streams/" + gone + "/events");
  EXPECT_EQ(ask("DELETE", "/v1/streams/" + gone).status, 202);
  EXPECT_NE(listener.next("end").type, "");
  daemon_->signal(SIGKILL);
  daemon_->wait();
  start("--state state");
  const json streams = json_of(ask("GET", "/v1/streams"), 200)["streams"];
  ASSERT_EQ(streams.size(), 2u) << streams;
  EXPECT_EQ(streams[0]["id"], id);
  EXPECT_EQ(streams[0]["state"], "waiting");
  EXPECT_EQ(streams[1]["state"], "stopped");  // it is known, and does not run
  EXPECT_EQ(ask("DELETE", "/v1/streams/" + gone).status, 204);
  EXPECT_EQ(upload_stream(), "s3");
}

TEST_F(Restart, JobsOfAKilledDaemonGoOnAndItsProcessesAreGone) {
  start("--state state");
  const std::string id = long_job();
  Listener listener(daemon_->socket(), "/v1/jobs/" + id + "/events");
  ASSERT_NE(listener.next("log").type, "");  // it runs
  daemon_->signal(SIGKILL);
  daemon_->wait();
  start("--state state");
  Listener again(daemon_->socket(), "/v1/jobs/" + id + "/events");
  const json end = json::parse(again.next("end").data);
  EXPECT_EQ(end["state"], "done") << job(id);
  EXPECT_EQ(job(id)["resumes"], 1);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "long.gff3"));
}

TEST_F(Restart, AJobOverPicturesGoesOnToo) {
  write_moving_pictures(folder_ / "pics", 900);
  start("--state state");
  const json spec{{"command", "video"},
                  {"inputs", {"pics"}},
                  {"output", "pics.txt"},
                  {"options", {{"threads", 1}}}};
  const std::string id = json_of(ask("POST", "/v1/jobs", spec.dump()), 201)["id"];
  Listener listener(daemon_->socket(), "/v1/jobs/" + id + "/events");
  ASSERT_NE(listener.next("log").type, "");  // it runs
  daemon_->signal(SIGKILL);
  daemon_->wait();
  start("--state state");
  Listener again(daemon_->socket(), "/v1/jobs/" + id + "/events");
  EXPECT_EQ(json::parse(again.next("end").data)["state"], "done") << job(id);
  EXPECT_EQ(job(id)["resumes"], 1);
}

TEST_F(Restart, AJobOfADrainedDaemonGoesOnWithItsJournal) {
  start("--state state");
  const std::string id = long_job();
  Listener listener(daemon_->socket(), "/v1/jobs/" + id + "/events");
  ASSERT_NE(listener.next("progress").type, "");
  daemon_->signal(SIGTERM);
  EXPECT_EQ(daemon_->wait(), 0);
  start("--state state");
  Listener again(daemon_->socket(), "/v1/jobs/" + id + "/events");
  EXPECT_EQ(json::parse(again.next("end").data)["state"], "done") << job(id);
}

TEST_F(Restart, AJobThatIsNotWantedAnyMoreStops) {
  start();
  const std::string id = long_job();
  Listener listener(daemon_->socket(), "/v1/jobs/" + id + "/events");
  ASSERT_NE(listener.next("log").type, "");
  EXPECT_EQ(ask("DELETE", "/v1/jobs/" + id).status, 202);
  EXPECT_EQ(json::parse(listener.next("end").data)["state"], "stopped");
  EXPECT_EQ(ask("DELETE", "/v1/jobs/" + id).status, 204);
}

TEST_F(Restart, OneDaemonUsesAStateFolderAndASocket) {
  start("--state state");
  const Outcome state = run("'" HEDDLE_BINARY "' serve --socket other --state state", folder_);
  EXPECT_EQ(state.exit_code, 7);
  EXPECT_THAT(state.output, HasSubstr("another daemon uses it"));
  const Outcome socket = run("'" HEDDLE_BINARY "' serve --socket s", folder_);
  EXPECT_NE(socket.exit_code, 0);
  EXPECT_THAT(socket.output, HasSubstr("another daemon answers there"));
}

TEST_F(Restart, AStartThatFailsLeavesNoSocketBehind) {
  const Outcome outcome =
      run("'" HEDDLE_BINARY "' serve --socket left --genome-model none", folder_);
  EXPECT_EQ(outcome.exit_code, 6) << outcome.output;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "left"));
}

TEST_F(Restart, AStartOnADeviceThatIsNotHereEndsAsOtherCommandsDoBeforeAnythingListens) {
  setenv("HEDDLE_CUDA_MODULE", "no-module.so", 1);  // also where there is a GPU
  for (const char* device : {"cuda:0", "cuda"}) {
    const std::string start = "timeout 20 '" HEDDLE_BINARY "' ";
    const std::string named = std::string(" --device ") + device;
    const Outcome serve = run(start + "serve --socket left --state kept" + named, folder_);
    const Outcome other = run(start + "genome genome.fa -o out.gff3" + named, folder_);
    EXPECT_EQ(serve.exit_code, other.exit_code) << serve.output;
    EXPECT_NE(serve.exit_code, 0);
    EXPECT_THAT(serve.output, HasSubstr("-d " + std::string(device) + ": ")) << serve.output;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "left"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "kept"));
  }
  unsetenv("HEDDLE_CUDA_MODULE");
}

TEST_F(Restart, SystemdHearsOfReadinessAndOfTheEnd) {
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const timeval patience{60, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path("notify");
  std::strncpy(address.sun_path, name.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const auto heard = [socket] {
    char text[64] = {};
    const ssize_t size = ::recv(socket, text, sizeof text, 0);
    return std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  };
  ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  start();
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");
  EXPECT_EQ(heard(), "READY=1");
  EXPECT_EQ(heard(), "WATCHDOG=1");
  daemon_->signal(SIGINT);
  std::string last = heard();
  while (last == "WATCHDOG=1") last = heard();
  EXPECT_EQ(last, "STOPPING=1");
  EXPECT_EQ(daemon_->wait(), 0);
  ::close(socket);
}

}  // namespace
}  // namespace heddle
