#include "tests/unit/app/serve/served_jobs.h"

namespace heddle::app::serve {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;

TEST_F(ServedJobs, WhoseChangesTheDiskDoesNotTakeAreCounted) {
  JobQueueOptions full = settings("rm -r " + (folder_ / "state/jobs").string());
  JobQueue queue(full, *options_);
  queue.start();
  EXPECT_EQ(queue.unwritten(), 0);
  const auto job = queue.add(parsed(asked()));
  events_of(*job);
  queue.drain();
  EXPECT_TRUE(job->over());
  EXPECT_GE(queue.unwritten(), 1);
}

TEST_F(ServedJobs, TellTheirProgressAndEnd) {
  JobQueue queue(settings(R"(echo '{"event":"progress","segments":3,"done":50,"total":100}' >&2
echo '{"event":"log","text":"reading"}' >&2)"),
                 *options_);
  queue.start();
  const auto job = queue.add(parsed(asked()));
  std::string types;
  for (const Event& event : events_of(*job)) types += event.type + " ";
  EXPECT_EQ(types, "state progress log state end ");
  const json status = job->status();
  EXPECT_EQ(status["state"], "done");
  EXPECT_EQ(status["items"], 3);
  EXPECT_EQ(status["total"], 100);
  EXPECT_EQ(status["progress"], 1.0);
}

TEST_F(ServedJobs, FailWithTheirOwnWordsOrTheSignalThatEndedThem) {
  JobQueueOptions how = settings(R"(case "$*" in *closed*) kill -SEGV $$;;
*genetic-code*) echo 'error: out.gff3 exists; pass -y to replace it' >&2; exit 7;; esac
echo '{"event":"error","text":"in.fa: is damaged"}' >&2; exit 3)");
  std::mutex mutex;
  std::vector<std::string> said;
  how.say = [&](const std::string& line) {
    const std::scoped_lock lock(mutex);
    said.push_back(line);
  };
  JobQueue queue(how, *options_);
  queue.start();
  const auto plain = queue.add(parsed(asked()));
  const auto crashed = queue.add(parsed(asked({{"closed", true}})));
  const auto early = queue.add(parsed(asked({{"genetic-code", 4}})));
  events_of(*plain);
  events_of(*crashed);
  events_of(*early);
  EXPECT_EQ(early->status()["error"]["message"], "out.gff3 exists; pass -y to replace it");
  EXPECT_EQ(plain->status()["error"]["code"], "bad_input");
  EXPECT_EQ(plain->status()["error"]["message"], "in.fa: is damaged");
  EXPECT_EQ(crashed->status()["error"]["code"], "crashed");
  EXPECT_EQ(crashed->status()["exit_code"], nullptr);
  queue.drain();
  ASSERT_TRUE(queue.wait_idle(std::chrono::steady_clock::now() + std::chrono::minutes(1)));
  EXPECT_THAT(said, testing::SizeIs(3));
  EXPECT_THAT(said, Contains("the job " + plain->id() + " failed: in.fa: is damaged"));
}

TEST_F(ServedJobs, AreInterruptedWhenTheyAreNotWantedAnyMore) {
  // The first stands until it is interrupted; the second is stopped while it waits.
  JobQueue queue(settings(R"(trap 'exit 130' INT
echo '{"event":"progress","segments":1}' >&2
while :; do sleep 0.05; done)"),
                 *options_);
  queue.start();
  const auto first = queue.add(parsed(asked()));
  const auto second = queue.add(parsed(asked()));
  EXPECT_TRUE(second->stop());
  while (first->status()["items"] != 1) std::this_thread::yield();
  EXPECT_FALSE(first->stop());
  events_of(*first);
  EXPECT_EQ(first->status()["state"], "stopped");
  EXPECT_EQ(first->status()["exit_code"], 130);
  EXPECT_EQ(second->status()["state"], "stopped");
}

TEST_F(ServedJobs, ThatWereWholeBeforeTheyCouldBeStoppedAreDone) {
  JobQueue queue(settings(R"(trap 'exit 0' INT
echo '{"event":"progress","segments":1}' >&2
while :; do sleep 0.05; done)"),
                 *options_);
  queue.start();
  const auto job = queue.add(parsed(asked()));
  while (job->status()["items"] != 1) std::this_thread::yield();
  job->stop();
  events_of(*job);
  EXPECT_EQ(job->status()["state"], "done");
  EXPECT_EQ(job->status()["exit_code"], 0);
}

TEST_F(ServedJobs, GoOnWithResumeWhenTheirDaemonHasEnded) {
  const std::string body = R"(trap 'exit 130' INT
case "$*" in *--resume*) exit 0;; esac
echo '{"event":"progress","segments":1}' >&2
while :; do sleep 0.05; done)";
  {
    JobQueue queue(settings(body), *options_);
    queue.start();
    const auto job = queue.add(parsed(asked()));
    while (job->status()["items"] != 1) std::this_thread::yield();
    queue.drain();
    EXPECT_EQ(job->status()["state"], "queued");
  }
  JobQueue queue(settings(body), *options_);
  queue.start();
  const auto job = queue.find("j1");
  ASSERT_NE(job, nullptr);
  events_of(*job);
  EXPECT_EQ(job->status()["state"], "done");
  EXPECT_EQ(job->status()["resumes"], 1);
  EXPECT_EQ(queue.add(parsed(asked()))->id(), "j2");
}

TEST_F(ServedJobs, GoOnWhereTheirRecordsCannotBeWritten) {
  const fs::path state = folder_ / "state", go = folder_ / "go";
  JobQueue queue(settings("while ! test -e " + go.string() + "; do sleep 0.05; done"), *options_);
  queue.start();
  const auto first = queue.add(parsed(asked()));
  const auto second = queue.add(parsed(asked()));
  for (std::error_code busy; fs::exists(state);) fs::remove_all(state, busy);  // records come still
  std::ofstream(state) << "no folder any more";
  std::ofstream(go) << "";
  events_of(*first);
  events_of(*second);
  EXPECT_EQ(first->status()["state"], "done");
  EXPECT_EQ(second->status()["state"], "done");
  EXPECT_THROW(queue.add(parsed(asked())), ApiError);
}

TEST_F(ServedJobs, AreNotDoneWhereNobodyKnowsHowTheyEnded) {
  auto* const before = ::signal(SIGCHLD, SIG_IGN);  // the system then keeps no ends of children
  Child child;
  EXPECT_THROW(child.run(script("exit 3"), {}, [](auto) {}), std::runtime_error);
  ::signal(SIGCHLD, before);
}

TEST_F(ServedJobs, ThatWereStoppedStaySoWhenTheirDaemonEnds) {
  const std::string body = R"(trap 'sleep 0.2; exit 130' INT
echo '{"event":"progress","segments":1}' >&2
while :; do sleep 0.05; done)";
  {
    JobQueue queue(settings(body), *options_);
    queue.start();
    const auto job = queue.add(parsed(asked()));
    while (job->status()["items"] != 1) std::this_thread::yield();
    job->stop();
    queue.drain();
    EXPECT_EQ(job->status()["state"], "stopped");
  }
  JobQueue queue(settings(body), *options_);
  queue.start();
  ASSERT_NE(queue.find("j1"), nullptr);
  EXPECT_EQ(queue.find("j1")->status()["state"], "stopped");
}

TEST_F(ServedJobs, ThatWereStoppedStaySoWhenTheirDaemonIsKilled) {
  BatchJob job("j1", parsed(asked()));
  json last;
  job.on_change([&] { last = job.record(); });
  ASSERT_TRUE(job.take());
  job.stop();
  EXPECT_EQ(BatchJob::from_record("j1", last)->status()["state"], "stopped");
}

TEST_F(ServedJobs, ThatAreForgottenLeaveNoRecord) {
  JobQueue queue(settings("exit 0"), *options_);
  queue.start();
  for (int i = 0; i < 20; ++i) {
    const auto job = queue.add(parsed(asked()));
    events_of(*job);
    queue.forget(job->id());  // while its worker still writes
  }
  queue.drain();
  for (const auto& entry : fs::directory_iterator(folder_ / "state" / "jobs")) {
    EXPECT_NE(entry.path().extension(), ".json") << entry.path();
  }
}

TEST_F(ServedJobs, ThatAreAllowedNoMoreFailAfterARestart) {
  JobQueueOptions made = settings("exit 0");
  made.at_once = 0;  // it waits
  {
    JobQueue queue(made, *options_);
    queue.start();
    queue.add(parsed(asked()));
  }
  fs::create_directories(folder_ / "else");
  const Confinement narrower({(folder_ / "else").string()}, {});
  const CommandOptions options(program(), narrower);
  JobQueue queue(made, options);
  queue.start();
  ASSERT_NE(queue.find("j1"), nullptr);
  EXPECT_EQ(queue.find("j1")->status()["error"]["code"], "not_started");
}

TEST_F(ServedJobs, GiveNoNumberOfAnEventTwiceAfterAKill) {
  BatchJob job("j1", parsed(asked()));
  json last;
  job.on_change([&] { last = job.record(); });
  job.run(script(R"(echo '{"event":"log","text":"reading"}' >&2; kill -9 $$)"), *options_);
  last["state"] = "running";  // as it was on disk while it ran
  const std::int64_t told = job.events().last();
  last["last_event"] = 1;
  EXPECT_GT(BatchJob::from_record("j1", last)->events().last(), told);
}

TEST_F(ServedJobs, ThatAreOverTellTheirEndAgainAfterARestartUnderItsNumber) {
  BatchJob job("j1", parsed(asked()));
  json last;
  job.on_change([&] { last = job.record(); });
  ASSERT_TRUE(job.take());
  job.run(script("exit 0"), *options_);
  const auto again = BatchJob::from_record("j1", last);
  const EventLog::Read read = again->events().after(0);
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.events[0].type, "end");
  EXPECT_EQ(read.events[0].id, job.events().last());
  EXPECT_TRUE(read.ended);
  for (const char* field : {"items", "done", "total"}) {
    EXPECT_EQ(again->status()[field], job.status()[field]) << field;
  }
}

TEST_F(ServedJobs, ShowNoPasswords) {
  JobSpec spec = parsed(asked());
  spec.inputs = {"rtsp://me:secret@host/live"};
  BatchJob job("j1", spec);
  EXPECT_EQ(job.status()["inputs"][0], "rtsp://***@host/live");
  EXPECT_THAT(job.record().dump(), HasSubstr("secret"));
  EXPECT_THAT(job.status().dump(), testing::Not(HasSubstr("secret")));
}

TEST_F(ServedJobs, ThatAreOverStayKnownAfterARestart) {
  {
    JobQueue queue(settings("exit 5"), *options_);
    queue.start();
    events_of(*queue.add(parsed(asked())));
    queue.drain();
  }
  JobQueue queue(settings("exit 0"), *options_);
  queue.start();
  ASSERT_NE(queue.find("j1"), nullptr);
  EXPECT_EQ(queue.find("j1")->status()["error"]["code"], "resource");
  queue.forget("j1");
  EXPECT_EQ(queue.find("j1"), nullptr);
}

TEST_F(ServedJobs, HaveNothingOfTheDaemonsButTheirMessages) {
  constexpr int kSecret = 77;
  ASSERT_EQ(::dup2(STDERR_FILENO, kSecret), kSecret);  // open, and not for children
  Child child;
  std::string said;
  const std::string look =
      "test -e /proc/$$/fd/77 && echo leaked >&2; cat >&2; echo gone; echo $0 $1 >&2";
  const ChildEnd end = child.run(script(look), {"word"}, [&](auto line) { said += line; });
  ::close(kSecret);
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(said, (folder_ / "heddle").string() + " word");
}

}  // namespace
}  // namespace heddle::app::serve
