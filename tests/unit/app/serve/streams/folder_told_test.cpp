// What is told of a watched folder: what is not read of it, and for how long that holds.

#include "app/serve/streams/new_files.h"
#include "tests/unit/app/serve/streams/drawn_source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>

namespace heddle::app::serve {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

/// As a run that ended minutes ago left it.
void put(const io::ScratchFolder& folder, const std::string& name, const std::string& text) {
  const std::string path = folder.write(name, text);
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::minutes(5));
}

void append(const io::ScratchFolder& folder, const std::string& name, const std::string& text) {
  std::ofstream(folder / name, std::ios::app) << text;
}

std::string genome() { return io::read_file(HEDDLE_TEST_DATA "/golden/broken.fa"); }

class FolderIsTold : public testing::Test {
 protected:
  std::unique_ptr<RunningStream> watch(const std::string& state = "") {
    StreamServices with = services();
    with.state_folder = state;
    with.say = [this](const std::string& line) {
      const std::scoped_lock lock(mutex_);
      said_.push_back(line);
    };
    return std::make_unique<RunningStream>(spec_of("genome", "watch:" + (folder_ / "")), with);
  }
  /// What was read has become results.
  static void wait_until_idle(RunningStream& stream) {
    for (int waits = 0; stream.status().state != StreamState::kWaiting && waits < 600; ++waits) {
      stream.wait_ended(std::chrono::milliseconds(100));
    }
    EXPECT_EQ(stream.status().state, StreamState::kWaiting);
  }
  /// A daemon before this one read one.fa whole.
  void read_one_and_drain() {
    put(folder_, "one.fa", genome());
    const auto stream = watch(state_ / "");
    wait_for(*stream, "file", 2);
    wait_until_idle(*stream);
    stream->drain();
    finish(*stream);
  }
  static void take_checkpoint(RunningStream& stream) {
    const std::size_t before = events_of(stream, "checkpoint").size();
    ASSERT_TRUE(stream.checkpoint());
    wait_for(stream, "checkpoint", before + 1);
  }
  static void wait_for_no_error(RunningStream& stream) {
    for (int waits = 0; !stream.status().error.empty() && waits < 600; ++waits) {
      stream.wait_ended(std::chrono::milliseconds(100));
    }
    EXPECT_EQ(stream.status().error, "");
  }

  const io::ScratchFolder folder_;
  const io::ScratchFolder state_;
  std::mutex mutex_;
  std::vector<std::string> said_;
};

TEST(NewFiles, TellsOnceOfEachThatHasAnotherEnding) {
  const io::ScratchFolder folder;
  for (const char* name :
       {"x.bin", "x.fastq.bz2", "x.fa.tmp", "x.fa.part", ".x.fa.Ab1", "x.bam.bai", "first.fa"}) {
    put(folder, name, ">a\nA\n");
  }
  fs::create_directory(folder / "folder.old");
  std::vector<std::string> told;
  FolderNews news;
  news.skipped = [&](const std::string& name, const std::string&) { told.push_back(name); };
  NewFiles files(folder / "", news);
  Halt halt;
  EXPECT_EQ(files.next(halt), "first.fa");
  append(folder, "x.bin", "more");
  folder.write("young.bin", "x");
  folder.write("last.fa", "x");
  EXPECT_EQ(files.next(halt), "last.fa");
  EXPECT_THAT(told, UnorderedElementsAre("x.bin", "x.fastq.bz2", "young.bin", "folder.old/"));
}

TEST(NewFiles, ThatGoBeforeTheyAreGivenAreNotGivenButWhereTheyComeAgain) {
  const io::ScratchFolder folder;
  put(folder, "first.fa", ">a\nA\n");
  NewFiles files(folder / "", {});
  Halt halt;
  EXPECT_EQ(files.next(halt), "first.fa");
  for (const char* name : {"packed.fa", "again.fa"}) {
    folder.write(name, "x");
    fs::remove(folder / name);
  }
  folder.write("again.fa", "x");
  folder.write("last.fa", "x");
  EXPECT_EQ(files.next(halt), "again.fa");
  EXPECT_EQ(files.next(halt), "last.fa");
  EXPECT_THAT(files.take_gone(), testing::IsEmpty());
}

TEST(NewFiles, TellsOnceOfEachFolderInTheFolder) {
  const io::ScratchFolder folder;
  for (const char* name : {"barcode01", ".hidden", "made.tmp"}) fs::create_directory(folder / name);
  put(folder, "first.fa", ">a\nA\n");
  std::vector<std::string> told;
  FolderNews news;
  news.skipped = [&](const std::string& name, const std::string&) { told.push_back(name); };
  NewFiles files(folder / "", news);
  Halt halt;
  EXPECT_EQ(files.next(halt), "first.fa");
  EXPECT_THAT(told, ElementsAre("barcode01/"));
  fs::create_directory(folder / "barcode02");
  put(folder, "barcode02/reads.fa", ">a\nA\n");
  fs::rename(folder / "made.tmp", folder / "barcode03.fa");  // by its kind, not by its name
  folder.write("last.fa", "x");
  EXPECT_EQ(files.next(halt), "last.fa");
  EXPECT_THAT(told, ElementsAre("barcode01/", "barcode02/", "barcode03.fa/"));
}

TEST(NewFiles, TellsEachChangeOfOneThatWasReadOnce) {
  const io::ScratchFolder folder;
  put(folder, "one.fa", ">a\nA\n");
  std::vector<std::int64_t> told;
  FolderNews news;
  news.changed = [&](const std::string&, const FileMark& then, const FileMark& now) {
    told.push_back(now.size - then.size);
  };
  NewFiles files(folder / "", news);
  Halt halt;
  EXPECT_EQ(files.next(halt), "one.fa");
  files.reads("one.fa", mark_of(folder / "one.fa"));
  append(folder, "one.fa", "");  // opened and closed, not changed
  append(folder, "one.fa", "AC");
  folder.write("two.fa", "x");
  EXPECT_EQ(files.next(halt), "two.fa");
  append(folder, "one.fa", "GTA");
  folder.write("three.fa", "x");
  EXPECT_EQ(files.next(halt), "three.fa");
  EXPECT_THAT(told, ElementsAre(2, 3));
}

TEST_F(FolderIsTold, EachSequenceOfANameByANameOfItsOwnAlsoBehindARestart) {
  read_one_and_drain();
  put(folder_, "two.fa", genome());
  const auto stream = watch(state_ / "");
  wait_for(*stream, "sequence", 2);  // the first of them as it was told before
  const auto sequences = events_of(*stream, "sequence");
  EXPECT_EQ(sequences[0]["name"], "broken");
  EXPECT_EQ(sequences[1]["name"], "broken.2");
}

TEST_F(FolderIsTold, WhatIsAppendedToAFileThatWasReadUntilThatIsTakenAway) {
  put(folder_, "one.fa", genome());
  const auto stream = watch();
  wait_for(*stream, "file", 2);
  append(folder_, "one.fa", "ACGT\n");
  wait_for(*stream, "error", 1);
  const nlohmann::json error = events_of(*stream, "error")[0];
  EXPECT_EQ(error["code"], "file_changed");
  EXPECT_EQ(error["message"],
            "one.fa: changed after it was read: 5 bytes more are not read; give new data as new "
            "files");
  EXPECT_EQ(stream->status().error_code, "file_changed");
  EXPECT_EQ(stream->status().unread_files, 1);
  put(folder_, "two.fa", genome());  // read well: the other trouble holds
  wait_for(*stream, "file", 4);
  EXPECT_EQ(stream->status().error_code, "file_changed");
  fs::remove(folder_ / "one.fa");
  wait_for_no_error(*stream);
  stream->stop();
  finish(*stream);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("one.fa changed after it was read")));
}

TEST_F(FolderIsTold, WhatIsAppendedWhileNoDaemonRan) {
  read_one_and_drain();
  put(folder_, "one.fa", genome() + "ACGT\n");
  const auto stream = watch(state_ / "");
  wait_for(*stream, "error", 1);
  EXPECT_EQ(stream->status().error_code, "file_changed");
}

TEST_F(FolderIsTold, AFileThatIsStillBrokenBehindAKill) {
  put(folder_, "bad.fa", "this is no FASTA");
  const io::ScratchFolder left;
  std::string why;
  {
    const auto killed = watch(state_ / "");
    wait_for(*killed, "file", 2);
    wait_until_idle(*killed);
    take_checkpoint(*killed);
    fs::copy(state_ / "", left / "", fs::copy_options::recursive);
    why = killed->status().error;
    killed->stop();
  }
  const auto stream = watch(left / "");
  EXPECT_EQ(stream->status().error_code, "file_broke");
  EXPECT_EQ(stream->status().error, why);
  put(folder_, "good.fa", genome());
  wait_for(*stream, "file", 2);
  EXPECT_EQ(stream->status().error, why) << "a file that is read well mends no other";
  put(folder_, "bad.fa", genome());
  wait_for_no_error(*stream);
}

TEST_F(FolderIsTold, ThatABrokenFileWasTakenAway) {
  put(folder_, "bad.fa", "this is no FASTA");
  const auto stream = watch();
  wait_for(*stream, "file", 2);
  EXPECT_EQ(stream->status().error_code, "file_broke");
  fs::remove(folder_ / "bad.fa");
  wait_for_no_error(*stream);
}

TEST_F(FolderIsTold, ReadsOfSamAndSequencesOfGenBankToo) {
  std::string bases;
  for (int i = 0; i < 60; ++i) bases += "ACGTTGCA"[i % 8];
  put(folder_, "reads.sam", "@HD\tVN:1.6\nr1\t4\t*\t0\t0\t*\t*\t0\t0\t" + bases + "\t*\n");
  put(folder_,
      "contig.gbk",
      "LOCUS       c 60 bp DNA linear\nORIGIN\n        1 acgttgcaac gttgcaacgt tgcaacgttg "
      "caacgttgca acgttgcaac gttgcaacgt\n//\n");
  const auto stream = watch();
  wait_for(*stream, "file", 4);
  for (const nlohmann::json& event : events_of(*stream, "file")) {
    EXPECT_NE(event["state"], "broke") << event << stream->status().error;
  }
}

}  // namespace
}  // namespace heddle::app::serve
