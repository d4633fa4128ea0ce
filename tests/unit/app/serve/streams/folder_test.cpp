#include "app/serve/streams/folder_parts.h"
#include "app/serve/streams/new_files.h"
#include "tests/unit/app/serve/streams/drawn_source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

namespace heddle::app::serve {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

/// As a run that ended `minutes` ago left it.
void put(const io::ScratchFolder& folder,
         const std::string& name,
         const std::string& text,
         int minutes) {
  const std::string path = folder.write(name, text);
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::minutes(minutes));
}

std::string genome() { return io::read_file(HEDDLE_TEST_DATA "/golden/broken.fa"); }

/// Halts a wait that would last for ever.
class Patience {
 public:
  explicit Patience(Halt& halt)
      : thread_([this, &halt] {
          std::unique_lock lock(mutex_);
          if (!ended_.wait_for(lock, std::chrono::seconds(30), [this] { return over_; })) {
            halt.raise();
          }
        }) {}
  ~Patience() {
    {
      const std::scoped_lock lock(mutex_);
      over_ = true;
    }
    ended_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::thread thread_;  // last: it uses the others
};

/// Contigs of these names, each with the same genes.
std::string contigs(std::string_view names) {
  const std::string bases = genome().substr(genome().find('\n'));
  std::string all;
  for (const char name : names) all += std::string(">") + name + bases;
  return all;
}

std::unique_ptr<RunningStream> watch(const io::ScratchFolder& folder,
                                     const std::string& state,
                                     std::chrono::nanoseconds every = std::chrono::seconds(10)) {
  StreamServices with = services();
  with.state_folder = state;
  StreamSeams seams;
  seams.checkpoint_every = every;
  return std::make_unique<RunningStream>(spec_of("genome", "watch:" + (folder / "")), with, seams);
}

TEST(NewFiles, GivesThoseThatAreThereTheOldestFirst) {
  const io::ScratchFolder folder;
  put(folder, "b.fa", ">b\nA\n", 5);
  put(folder, "a.fa", ">a\nA\n", 3);
  put(folder, "notes.txt", "", 3);
  put(folder, ".hidden.fa", "", 3);
  NewFiles files(folder / "");
  Halt halt;
  EXPECT_EQ(files.next(halt), "b.fa");
  EXPECT_EQ(files.next(halt), "a.fa");
  halt.raise();
  EXPECT_EQ(files.next(halt), std::nullopt);
}

TEST(NewFiles, GivesWhatIsClosedOrMovedInOnce) {
  const io::ScratchFolder folder;
  const io::ScratchFolder elsewhere;
  NewFiles files(folder / "");
  Halt halt;
  put(folder, "old.fa", "", 9);
  EXPECT_EQ(files.next(halt), "old.fa");
  std::ofstream growing(folder / "reads.fastq");
  growing << "@r\n";
  growing.flush();
  elsewhere.write("moved.bam", "x");
  fs::rename(elsewhere / "moved.bam", folder / "moved.bam");
  EXPECT_EQ(files.next(halt), "moved.bam");  // the other one is still being written
  growing.close();
  EXPECT_EQ(files.next(halt), "reads.fastq");
  folder.write("reads.fastq.gz", "x");
  EXPECT_EQ(files.next(halt), "reads.fastq.gz");
}

TEST(NewFiles, ForgetsWhatHasGone) {
  const io::ScratchFolder folder;
  const io::ScratchFolder elsewhere;
  put(folder, "here.fa", "", 9);
  put(folder, "again.fa", "", 7);
  NewFiles files(folder / "");
  files.leave_out("here.fa");
  files.leave_out("before.fa");
  Halt halt;
  EXPECT_EQ(files.next(halt), "again.fa");
  EXPECT_THAT(files.take_gone(), ElementsAre("before.fa"));
  fs::remove(folder / "again.fa");
  for (const char* name : {"again.fa", "last.fa"}) {
    elsewhere.write(name, "x");
    fs::rename(elsewhere / name, folder / name);
  }
  EXPECT_EQ(files.next(halt), "again.fa");
  EXPECT_THAT(files.take_gone(), ElementsAre("again.fa"));
  EXPECT_EQ(files.next(halt), "last.fa");
}

TEST(FolderParts, CheckpointsHoldNoNamesThatHaveGone) {
  const io::ScratchFolder folder;
  put(folder, "one.fa", "", 9);
  put(folder, "two.fa", "", 7);
  Halt halt;
  FolderParts parts(
      folder / "",
      [](const std::string&, int) { return std::make_unique<DrawnSource>(Drawing{}); },
      halt,
      {[](const Trouble&) {}});
  parts.next();
  parts.go_on("");
  EXPECT_THAT(parts.save(), HasSubstr("one.fa"));
  fs::remove(folder / "one.fa");
  parts.next();
  parts.go_on("");
  const io::ScratchFolder elsewhere;
  elsewhere.write("three.fa", "x");
  fs::rename(elsewhere / "three.fa", folder / "three.fa");
  parts.next();
  EXPECT_THAT(parts.save(), AllOf(Not(HasSubstr("one.fa")), HasSubstr("two.fa")));
}

TEST(NewFiles, GivesWhatWasRefusedAgainOnceItWasChanged) {
  const io::ScratchFolder folder;
  put(folder, "bad.fa", "no FASTA", 9);
  NewFiles files(folder / "");
  Halt halt;
  EXPECT_EQ(files.next(halt), "bad.fa");
  files.refused("bad.fa", mark_of(folder / "bad.fa"));
  std::ofstream(folder / "bad.fa", std::ios::app).close();  // opened and closed, not changed
  put(folder, "other.fa", ">o\nA\n", 3);
  EXPECT_EQ(files.next(halt), "other.fa");
  folder.write("bad.fa", ">mended\nACGT\n");
  EXPECT_EQ(files.next(halt), "bad.fa");
}

TEST(NewFiles, GivesWhatWasMendedAlsoWhereNoEventTellsOfIt) {
  const io::ScratchFolder folder;
  put(folder, "bad.fa", "no FASTA", 9);
  NewFiles files(folder / "");
  Halt halt;
  EXPECT_EQ(files.next(halt), "bad.fa");
  files.refused("bad.fa", mark_of(folder / "bad.fa"));
  fs::last_write_time(folder / "bad.fa",
                      fs::file_time_type::clock::now() - std::chrono::minutes(2));
  const Patience patience(halt);
  EXPECT_EQ(files.next(halt), "bad.fa");
}

TEST(NewFiles, GivesWhatWasMendedAlsoInAFolderThatIsNeverQuiet) {
  const io::ScratchFolder folder;
  put(folder, "bad.fa", "no FASTA", 9);
  NewFiles files(folder / "");
  Halt halt;
  EXPECT_EQ(files.next(halt), "bad.fa");
  files.refused("bad.fa", mark_of(folder / "bad.fa"));
  fs::last_write_time(folder / "bad.fa",
                      fs::file_time_type::clock::now() - std::chrono::minutes(2));
  std::atomic<bool> given = false;
  std::thread others([&] {
    while (!given) {
      folder.write("notes.txt", "of another program");
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  {
    const Patience patience(halt);
    EXPECT_EQ(files.next(halt), "bad.fa");
  }
  given = true;
  others.join();
}

TEST(NewFiles, PassesOverSymbolicLinksAndTellsOfEachOnce) {
  const io::ScratchFolder folder;
  const io::ScratchFolder elsewhere;
  elsewhere.write("real.fa", ">a\nA\n");
  fs::create_symlink(elsewhere / "real.fa", folder / "before.fa");
  fs::create_symlink(elsewhere / "real.fa", folder / "notes.txt");
  std::vector<std::string> told;
  FolderNews news;
  news.skipped = [&](const std::string& name, const std::string&) { told.push_back(name); };
  NewFiles files(folder / "", news);
  Halt halt;
  put(folder, "first.fa", "x", 9);
  EXPECT_EQ(files.next(halt), "first.fa");
  fs::create_symlink(elsewhere / "real.fa", folder / "later.fa");
  fs::create_symlink(elsewhere / "real.fa", elsewhere / "moved.fa");
  fs::rename(elsewhere / "moved.fa", folder / "moved.fa");
  put(folder, "last.fa", "x", 9);
  EXPECT_EQ(files.next(halt), "last.fa");
  EXPECT_THAT(told, ElementsAre("before.fa", "later.fa", "moved.fa"));
}

TEST(NewFiles, SaysThatItWaitsBeforeItDoes) {
  const io::ScratchFolder folder;
  put(folder, "there.fa", "x", 9);
  NewFiles files(folder / "");
  Halt halt;
  int waits = 0;
  files.next(halt, [&] { ++waits; });
  EXPECT_EQ(waits, 0);
  files.next(halt, [&] {
    ++waits;
    put(folder, "late.fa", "x", 9);
  });
  EXPECT_EQ(waits, 1);
}

TEST(NewFiles, KnowsSequencesByTheirNames) {
  EXPECT_TRUE(is_sequence_file("run_1.fastq.gz"));
  for (const char* name : {"x.bam", "x.sam", "x.cram", "x.gbk", "x.gb", "x.gbff", "x.genbank"}) {
    EXPECT_TRUE(is_sequence_file(name)) << name;
  }
  EXPECT_FALSE(is_sequence_file("x.bam.bai"));
  EXPECT_FALSE(is_sequence_file("x.fastq.tmp"));
}

TEST(Folder, IsReadFileByFile) {
  const io::ScratchFolder folder;
  put(folder, "one.fa", genome(), 5);
  const auto stream = watch(folder, "");
  wait_for(*stream, "sequence", 1);
  const io::ScratchFolder elsewhere;
  elsewhere.write("bad.fa", "this is no FASTA");
  fs::rename(elsewhere / "bad.fa", folder / "bad.fa");
  wait_for(*stream, "error", 1);
  EXPECT_EQ(events_of(*stream, "error")[0]["code"], "file_broke");
  elsewhere.write("two.fa", genome());
  fs::rename(elsewhere / "two.fa", folder / "two.fa");
  wait_for(*stream, "sequence", 2);
  EXPECT_THAT(stream->sequences(), SizeIs(2));
}

TEST(Folder, TellsWhichFileIsReadAndTakesBackWhatItSaidOfOneThatWasMended) {
  const io::ScratchFolder folder;
  put(folder, "one.fa", "this is no FASTA", 5);
  const auto stream = watch(folder, "");
  wait_for(*stream, "file", 2);
  EXPECT_EQ(stream->status().error_code, "file_broke");
  const io::ScratchFolder elsewhere;
  elsewhere.write("one.fa", genome());
  fs::rename(elsewhere / "one.fa", folder / "one.fa");
  wait_for(*stream, "file", 4);
  std::vector<std::string> told;
  for (const auto& event : events_of(*stream, "file")) {
    told.push_back(event["file"].get<std::string>() + " " + event["state"].get<std::string>());
  }
  EXPECT_THAT(told, ElementsAre("one.fa begin", "one.fa broke", "one.fa begin", "one.fa end"));
  for (int waits = 0; !stream->status().error.empty() && waits < 100; ++waits) {
    stream->wait_ended(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(stream->status().error, "");
}

/// The last state is told behind the features that it is about.
TEST(Folder, IsNotWaitedForWhileFeaturesStillCome) {
  const io::ScratchFolder folder;
  put(folder, "one.fa", contigs("abcdef"), 5);
  const auto stream = watch(folder, "");
  std::int64_t waiting = 0, feature = 0;
  for (int looks = 0; waiting == 0 && looks < 600; ++looks) {
    stream->wait_ended(std::chrono::milliseconds(100));
    bool ran = false;
    for (const Event& event : stream->events().after(0, std::size_t{1} << 24).events) {
      if (event.type == "feature") feature = event.id;
      ran = ran || event.data.find("running") != event.data.npos;
      if (event.type == "state" && ran && event.data.find("waiting") != event.data.npos) {
        waiting = event.id;
      }
    }
  }
  EXPECT_GT(feature, 0);
  EXPECT_GT(waiting, feature);
}

TEST(Folder, ReadsAFileThatBrokeAgainOnceItIsMendedAlsoAfterARestart) {
  const io::ScratchFolder folder;
  const io::ScratchFolder state;
  put(folder, "one.fa", "this is no FASTA", 5);
  {
    const auto stream = watch(folder, state / "");
    wait_for(*stream, "error", 1);
    EXPECT_EQ(stream->status().reconnects, 0);
    stream->drain();
    finish(*stream);
  }
  put(folder, "one.fa", genome(), 4);
  const auto stream = watch(folder, state / "");
  wait_for(*stream, "sequence", 1);
  EXPECT_THAT(events_of(*stream, "error"), SizeIs(1)) << "the one of before the restart";
}

TEST(Folder, TellsOfALinkInAnEventAndToWhoeverRunsTheDaemon) {
  const io::ScratchFolder folder;
  const io::ScratchFolder elsewhere;
  elsewhere.write("real.fa", genome());
  fs::create_symlink(elsewhere / "real.fa", folder / "link.fa");
  StreamServices with = services();
  std::mutex mutex;
  std::vector<std::string> said;
  with.say = [&](const std::string& line) {
    const std::scoped_lock lock(mutex);
    said.push_back(line);
  };
  RunningStream stream(spec_of("genome", "watch:" + (folder / "")), with);
  wait_for(stream, "skipped", 1);
  EXPECT_EQ(events_of(stream, "skipped")[0]["file"], "link.fa");
  stream.stop();
  finish(stream);
  EXPECT_THAT(said, ElementsAre(HasSubstr("link.fa is passed over: a symbolic link")));
  EXPECT_EQ(stream.status().samples, 0);
}

TEST(Folder, IsNotReadAgainAfterARestart) {
  const io::ScratchFolder folder;
  const io::ScratchFolder state;
  put(folder, "one.fa", genome(), 5);
  {
    const auto stream = watch(folder, state / "");
    wait_for(*stream, "sequence", 1);
    stream->drain();
    finish(*stream);
  }
  put(folder, "two.fa", contigs("abc"), 5);
  const auto stream = watch(folder, state / "");
  wait_for(*stream, "sequence", 4);  // the first of them as it was told before
  std::vector<std::string> names;
  for (const auto& sequence : events_of(*stream, "sequence")) names.push_back(sequence["name"]);
  EXPECT_THAT(names, ElementsAre("broken", "a", "b", "c"));
  EXPECT_THAT(stream->sequences(), SizeIs(4));
}

/// Killed between two checkpoints: what lies in the state folder then is all that is left.
TEST(Folder, LosesAndRepeatsNothingBehindACheckpoint) {
  const io::ScratchFolder folder;
  put(folder, "all.fa", contigs("abcdefgh"), 5);
  const auto whole = watch(folder, "");
  wait_for(*whole, "sequence", 8);
  whole->status();  // answers once the features of the last sequence are told too
  const auto expected = events_of(*whole, "feature");
  const io::ScratchFolder state;
  const auto killed = watch(folder, state / "", std::chrono::milliseconds(1));
  wait_for(*killed, "feature", 2);
  wait_for(*killed, "checkpoint", events_of(*killed, "checkpoint").size() + 1);
  const io::ScratchFolder left;
  fs::copy(state / "", left / "", fs::copy_options::recursive);
  killed->stop();
  const auto again = watch(folder, left / "");
  const std::int64_t begun = again->status().records;
  for (int waits = 0; again->status().samples < whole->status().samples && waits < 2400; ++waits) {
    again->wait_ended(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(again->status().samples, whole->status().samples);
  EXPECT_EQ(again->status().records, whole->status().records);
  const std::vector<nlohmann::json> rest(expected.begin() + begun, expected.end());
  EXPECT_EQ(events_of(*again, "feature"), rest);
  EXPECT_GT(begun, 0);
}

}  // namespace
}  // namespace heddle::app::serve
