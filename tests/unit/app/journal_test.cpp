#include "app/journal.h"

#include "app/exit_codes.h"
#include "app/run_journal.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace heddle::app {
namespace {

using ::testing::HasSubstr;

/// A journal of two entries: the newer says that one sample failed, the older that none did.
std::string begin_journal(const io::ScratchFolder& folder) {
  const std::string output = folder / "out.gff3";
  Journal journal(output);
  for (std::int64_t failed = 0; failed < 2; ++failed) {
    JournalEntry entry;
    entry.sinks = {"a sink"};
    entry.failed = failed;
    journal.write(entry);
  }
  return output;
}

std::string refusal(const std::string& output) {
  return io::message_of<CommandError>([&] { Journal(output).read(); });
}

TEST(Journal, TakesAFileWithATornBeginningAsAbsent) {
  const io::ScratchFolder folder;
  const std::string output = begin_journal(folder);
  const std::string newest = io::read_file(output + ".journal-2");
  folder.write("out.gff3.journal-2", std::string(newest.size(), '\0'));
  const auto entry = Journal(output).read();
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->failed, 0);
  folder.write("out.gff3.journal-1", "hed");
  EXPECT_FALSE(Journal(output).read().has_value());
}

TEST(Journal, OfAnotherBuildIsRefusedUnread) {
  const io::ScratchFolder folder;
  const std::string output = begin_journal(folder);
  for (const char* name : {"out.gff3.journal-1", "out.gff3.journal-2"}) {
    std::string bytes = io::read_file(folder / name);
    bytes.insert(bytes.find('\n'), "x");
    folder.write(name, bytes);
  }
  EXPECT_THAT(refusal(output), HasSubstr("written by another version"));
}

TEST(Journal, OfAnotherLayoutIsRefused) {
  const io::ScratchFolder folder;
  const std::string output = folder / "out.gff3";
  Journal journal(output);
  JournalEntry entry;
  journal.write(entry);
  const std::string whole = io::read_file(output + ".journal-1");
  // An empty payload, whose check sum is 0, behind the same first line.
  folder.write("out.gff3.journal-1", whole.substr(0, whole.find('\n') + 1) + std::string(24, '\0'));
  EXPECT_THAT(refusal(output), HasSubstr("written by another version"));
}

TEST(Journal, IsSmallWhereMuchTextWaits) {
  const io::ScratchFolder folder;
  const std::string output = folder / "out.gff3";
  std::string rows;
  for (int i = 0; i < 20'000; ++i) {
    rows += "chr20\theddle\ttf_binding_site\t" + std::to_string(i * 37) + "\tpvalue=1e-05\n";
  }
  JournalEntry entry;
  entry.sinks = {rows};
  Journal(output).write(entry);
  EXPECT_LT(io::read_file(output + ".journal-1").size(), rows.size() / 4);
  EXPECT_EQ(Journal(output).read().value().sinks, entry.sinks);
}

class RunJournalOf : public testing::Test {
 protected:
  RunJournal open(bool overwrite) {
    folder_.write("in.fa", ">a\nACGT\n");
    OutputOptions options;
    options.overwrite = overwrite;
    options.journal_every = 0.001;
    return RunJournal({folder_ / "in.fa", targets_, {}}, options);
  }
  bool becomes_due(RunJournal& journal) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!journal.due()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  io::ScratchFolder folder_;
  std::vector<OutputTarget> targets_{{"gff3", folder_ / "out.gff3"}};
};

TEST_F(RunJournalOf, ADiskThatWasFullIsTriedAgain) {
  RunJournal journal = open(false);
  journal.start(true);
  ASSERT_TRUE(becomes_due(journal));
  EXPECT_THROW(journal.write([](JournalEntry&) -> bool { throw CommandError(kOutput, "no room"); }),
               CommandError);
  EXPECT_TRUE(becomes_due(journal));
}

TEST_F(RunJournalOf, AnEarlierRunThatIsGivenUpLosesItOnlyOnceTheOutputsAreTaken) {
  const std::string output = begin_journal(folder_);
  RunJournal journal = open(true);
  EXPECT_TRUE(Journal(output).read().has_value());
  journal.start(true);
  EXPECT_FALSE(Journal(output).read().has_value());
}

}  // namespace
}  // namespace heddle::app
