#include "tests/cli/cli.h"
#include "tests/cli/crash.h"

#include <gmock/gmock.h>

#include <random>
#include <sstream>

namespace heddle {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSmallModel = HEDDLE_TEST_DATA "/genes-memory-small.safetensors";

/// Seven repeats with spacers of the genome's bases: an array of CRISPR.
std::string array_with_spacers_of(const std::string& bases) {
  std::string array;
  for (std::size_t i = 0; i < 7; ++i) {
    array += "GTTTTAGAGCTATGCTGTTTTGAATGGTCCCAAAAC" + (i < 6 ? bases.substr(211 * i, 30) : "");
  }
  return array;
}

/// Contigs that are alike but not equal, so that there are genes, repeats and arrays in all of
/// them.
void write_contigs(const std::filesystem::path& file, int contigs) {
  std::string bases;
  std::ifstream genome(HEDDLE_TEST_DATA "/house/genome.fa");
  for (std::string line; std::getline(genome, line);) {
    if (line.front() != '>') bases += line;
  }
  std::mt19937 random(1);
  std::ofstream out(file);
  for (int i = 0; i < contigs; ++i) {
    for (int change = 0; change < 100; ++change) {
      bases[random() % bases.size()] = "ACGT"[random() % 4];
    }
    out << ">contig" << i << "\n" << bases << array_with_spacers_of(bases) << bases << "\n";
  }
}

/// Unaligned reads, one after another of the same genome.
void write_reads(const std::filesystem::path& file) {
  std::string bases;
  std::ifstream genome(HEDDLE_TEST_DATA "/house/genome.fa");
  for (std::string line; std::getline(genome, line);) {
    if (line.front() != '>') bases += line;
  }
  std::ofstream out(file);
  out << "@HD\tVN:1.6\n";
  for (std::size_t i = 0; i < 80; ++i) {
    out << "read" << i << "\t4\t*\t0\t0\t*\t*\t0\t0\t" << bases.substr(i * 50, 3000) << "\t*\n";
  }
}

struct Command {
  std::string name;
  std::vector<std::string> words;  // 'contigs.fa' and 'reads.sam' stand for their paths
  int contigs = 8;                 // enough for safe points between the start and the end
};

class EveryJob : public testing::TestWithParam<Command> {};

// The long form: tests/bench/crash_and_resume.cpp.
TEST_P(EveryJob, GoesOnToTheSameBytesAfterKills) {
  const auto folder = fresh_folder("crash_" + GetParam().name);
  write_contigs(folder / "contigs.fa", GetParam().contigs);
  write_reads(folder / "reads.sam");
  CrashJob job;
  job.command = {HEDDLE_BINARY};
  for (const std::string& word : GetParam().words) {
    job.command.push_back(word == "contigs.fa" || word == "reads.sam" ? (folder / word).string()
                                                                      : word);
  }
  job.command.insert(job.command.end(), {"--journal-every", "0.002"});
  job.folder = folder / "runs";
  job.moments = 4;
  // A --resume that always begins anew would pass, were it not for what was continued.
  int continued = 0;
  for (job.seed = 1; continued == 0 && job.seed <= 10; ++job.seed) {
    const CrashCount count = crash_and_resume(job);
    EXPECT_EQ(count.trouble, "");
    EXPECT_EQ(count.identical, count.runs);
    EXPECT_GE(count.kills, 4);
    continued += count.continued;
  }
  EXPECT_GT(continued, 0);
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(
    Jobs,
    EveryJob,
    testing::Values(
        Command{"genes",
                {"genome", "contigs.fa", "-m", kSmallModel, "-O", "gff3,bed,tsv,faa,ffn,jsonl"}},
        Command{"arrays",
                {"genome",
                 "contigs.fa",
                 "-m",
                 kSmallModel,
                 "--classes",
                 "cds,crispr",
                 "-O",
                 "gff3,bed,tsv,gbk,jsonl"}},
        Command{"reads", {"genome", "reads.sam", "-m", kSmallModel, "-O", "bam,sam"}},
        Command{"repeats",
                {"genome", "contigs.fa", "--task", "repeats", "-O", "gff3,bedpe,paf,jsonl"},
                150},
        Command{"motifs",
                {"genome",
                 "contigs.fa",
                 "--task",
                 "motifs",
                 "--motifs",
                 HEDDLE_TEST_DATA "/house/motifs.jaspar",
                 "--fdr",
                 "0.9",
                 "-O",
                 "gff3,bed"},
                1200},
        Command{"video", {"video", HEDDLE_TEST_DATA "/house/match.mp4", "-O", "mot,jsonl,mp4"}},
        Command{
            "boxes",
            {"video", HEDDLE_TEST_DATA "/house/match.mp4", "--assoc", "byte", "-O", "mot,jsonl"}},
        Command{"follow",
                {"video",
                 HEDDLE_TEST_DATA "/house/match.mp4",
                 "--init",
                 "10,10,20,20",
                 "-O",
                 "mot,jsonl"}}),
    [](const auto& made) { return made.param.name; });

class Resume : public Cli {
 protected:
  std::string words(const std::string& more) const {
    return std::string("genome contigs.fa -m '") + kSmallModel +
           "' -o out.gff3 --journal-every 0.001 " + more;
  }
  /// A run of words() that gets a signal once it has genes and a journal.
  Outcome signal_one(const std::string& signal) {
    write_contigs(folder_ / "contigs.fa", 60);  // not done before the shell has seen its journal
    return run(
        "'" HEDDLE_BINARY "' " + words("--quiet") +
            " & until { [ -s out.gff3.journal-2 ] && grep -q CDS out.gff3.partial; } || ! kill "
            "-0 $!; do sleep 0.002; done; kill -" +
            signal + " $!; wait $!",
        folder_);
  }
  void kill_one() {
    signal_one("KILL");
    ASSERT_TRUE(exists("out.gff3.partial"));
    ASSERT_FALSE(exists("out.gff3"));
  }
  std::string undisturbed() {
    EXPECT_EQ(
        heddle(std::string("genome contigs.fa --quiet -o whole.gff3 -m '") + kSmallModel + "'")
            .exit_code,
        0);
    return text("whole.gff3");
  }
};

TEST_F(Resume, LeavesNothingButTheOutput) {
  kill_one();
  const Outcome outcome = heddle(words("--resume"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("going on behind"));
  EXPECT_FALSE(exists("out.gff3.partial"));
  EXPECT_FALSE(exists("out.gff3.journal-1"));
  EXPECT_FALSE(exists("out.gff3.journal-2"));
  EXPECT_EQ(text("out.gff3"), undisturbed());
}

TEST_F(Resume, OfARunThatCtrlCStoppedGivesTheSameBytes) {
  EXPECT_EQ(signal_one("INT").exit_code, 130);
  EXPECT_THAT(text("out.gff3.partial"), HasSubstr("# not complete"));
  const Outcome outcome = heddle(words("--resume"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("going on behind"));
  EXPECT_EQ(text("out.gff3"), undisturbed());
}

TEST_F(Resume, IsNeverSilent) {
  kill_one();
  const std::string partial = text("out.gff3.partial");
  const Outcome outcome = heddle(words(""));
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_THAT(outcome.output, HasSubstr("--resume goes on with it, -y starts anew"));
  EXPECT_EQ(text("out.gff3.partial"), partial);
  EXPECT_EQ(heddle(words("-y --quiet")).exit_code, 0);
  EXPECT_EQ(text("out.gff3"), undisturbed());
}

TEST_F(Resume, NamesWhatIsDifferent) {
  kill_one();
  const Outcome passes = heddle(words("--resume --passes 1"));
  EXPECT_EQ(passes.exit_code, 7);
  EXPECT_THAT(passes.output, HasSubstr("--passes was 2 and is 1"));
  const Outcome threads = heddle(words("--resume -t 1"));
  EXPECT_EQ(threads.exit_code, 0) << threads.output;
}

TEST_F(Resume, RefusesAnotherInput) {
  kill_one();
  std::ofstream(folder_ / "contigs.fa", std::ios::app) << ">one_more\nACGT\n";
  const Outcome outcome = heddle(words("--resume"));
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_THAT(outcome.output, HasSubstr("the input contigs.fa was"));
}

TEST_F(Resume, RefusesAnotherPartialResult) {
  kill_one();
  std::string partial = text("out.gff3.partial");
  ASSERT_GT(partial.size(), 3u);
  partial[2] ^= 1;
  write("out.gff3.partial", partial);
  const Outcome outcome = heddle(words("--resume"));
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_THAT(outcome.output, HasSubstr("does not hold the"));
  EXPECT_EQ(text("out.gff3.partial"), partial);
}

TEST_F(Resume, OutlivesAJournalThatWasBeingWritten) {
  kill_one();
  const bool newest_is_first = std::filesystem::last_write_time(folder_ / "out.gff3.journal-1") >
                               std::filesystem::last_write_time(folder_ / "out.gff3.journal-2");
  const std::string newest = newest_is_first ? "out.gff3.journal-1" : "out.gff3.journal-2";
  const std::string whole = text(newest);
  write(newest, whole.substr(0, whole.size() / 2));
  const Outcome outcome = heddle(words("--resume"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_EQ(text("out.gff3"), undisturbed());
}

TEST_F(Resume, OfStandardInputOrOutputSaysWhyNot) {
  const Outcome output = heddle("genome genome.fa --resume --quiet");
  EXPECT_EQ(output.exit_code, 2);
  EXPECT_THAT(output.output, HasSubstr("standard output cannot be continued"));
  const Outcome input = heddle("genome - --resume --quiet -o x.gff3 < genome.fa");
  EXPECT_EQ(input.exit_code, 2);
  EXPECT_THAT(input.output, HasSubstr("standard input cannot be read a second time"));
  const Outcome absent = heddle("genome absent.fa -o out.gff3 --resume");
  EXPECT_THAT(absent.output, HasSubstr("absent.fa is not there"));
}

TEST_F(Resume, OfWhatCannotBeContinuedIsRefusedBeforeTheModelIsLoaded) {
  write("broken.safetensors", "no model");
  EXPECT_EQ(heddle("genome genome.fa --quiet -o x.gff3 -m ./broken.safetensors").exit_code, 6);
  EXPECT_EQ(heddle("genome genome.fa --resume --quiet -m ./broken.safetensors").exit_code, 2);
}

TEST_F(Resume, WithoutAnEarlierRunBeginsAtTheStart) {
  const Outcome outcome = heddle("genome genome.fa --resume -o x.gff3");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("no earlier run of genome.fa"));
  EXPECT_FALSE(exists("x.gff3.journal-1"));
}

TEST_F(Resume, OfAFormatThatCannotBeContinuedBeginsAnew) {
  write("page.html.partial", "the start of a page");
  const Outcome outcome = heddle("genome genome.fa --resume -o page.html");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("outputs in html cannot be continued"));
  EXPECT_TRUE(exists("page.html"));
  EXPECT_FALSE(exists("page.html.partial"));
}

TEST_F(Resume, OfWhatIsDoneDoesNothing) {
  EXPECT_EQ(heddle("genome genome.fa --quiet -O bed,tsv -o out/").exit_code, 0);
  const std::string before = text("out/genome.bed");
  const Outcome outcome = heddle("genome genome.fa -O bed,tsv -o out/ --resume");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              HasSubstr("genome.fa: out/genome.bed is there already and is left as it is"));
  EXPECT_EQ(text("out/genome.bed"), before);
  std::filesystem::remove(folder_ / "out/genome.bed");
  const Outcome half = heddle("genome genome.fa -O bed,tsv -o out/ --resume");
  EXPECT_EQ(half.exit_code, 7);
  EXPECT_THAT(half.output, HasSubstr("genome.tsv exists and no journal tells of it"));
}

TEST_F(Resume, WhatWasDoneBeforeAnInputFailedIsNotMixedWithOtherOptions) {
  write("empty.fa", "");
  write("second.fa", text("genome.fa"));
  EXPECT_EQ(heddle("genome genome.fa empty.fa -O bed -o all/").exit_code, 4);
  const std::string again = "genome genome.fa second.fa -O bed -o all/ --resume ";
  const Outcome other = heddle(again + "--passes 2");
  EXPECT_EQ(other.exit_code, 7) << other.output;
  EXPECT_THAT(other.output, HasSubstr("--passes was 1 and is 2"));
  EXPECT_EQ(heddle(again).exit_code, 0);
  EXPECT_EQ(run("ls -A all", folder_).output, "genome.bed\nsecond.bed\n");
}

TEST_F(Resume, OneOfSeveralInputsThatIsMissingIsFoundBeforeAnyIsBegun) {
  const Outcome outcome = heddle("genome genome.fa absent.fa -O bed -o all/");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output, HasSubstr("absent.fa: no such file; nothing was begun"));
  EXPECT_FALSE(exists("all"));
}

TEST_F(Resume, LeavesOutInputsThatAreDone) {
  kill_one();  // makes contigs.fa
  const std::string both = std::string("genome genome.fa contigs.fa -m '") + kSmallModel +
                           "' -O bed -o all/ --journal-every 0.001 ";
  run("'" HEDDLE_BINARY "' " + both +
          " --quiet & while [ ! -s all/contigs.bed.journal-2 ] && kill -0 $!; do sleep 0.002; "
          "done; kill -9 $!",
      folder_);
  ASSERT_TRUE(exists("all/contigs.bed.partial"));
  const Outcome outcome = heddle(both + "--resume");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("genome.fa is done already"));
  EXPECT_FALSE(exists("all/genome.bed.journal-1"));
  EXPECT_TRUE(exists("all/contigs.bed"));
}

TEST_F(Cli, MessagesOfJsonProgressAreObjects) {
  const Outcome outcome = heddle("genome genome.fa -o x.gff3 --progress json");
  EXPECT_EQ(outcome.exit_code, 0);
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(line.front(), '{') << line;
    EXPECT_EQ(line.back(), '}') << line;
  }
  EXPECT_THAT(outcome.output, HasSubstr("{\"event\":\"progress\",\"segments\":"));
}

TEST_F(Cli, TheLogHasOptionsAndModelWhateverIsShown) {
  const Outcome outcome = heddle("genome genome.fa -o x.gff3 --quiet --log run.log");
  EXPECT_EQ(outcome.output, "");
  EXPECT_THAT(text("run.log"), HasSubstr("  --passes 1\n"));
  EXPECT_THAT(text("run.log"), HasSubstr("model genes-tiny"));
  EXPECT_EQ(heddle("genome nowhere.fa -o y.gff3 --quiet --log run.log").exit_code, 3);
  EXPECT_THAT(text("run.log"), HasSubstr("error: nowhere.fa"));
}

TEST_F(Cli, NeitherMessagesNorTheLogTellAPassword) {
  const std::string address = "video rtsp://somebody:opensesame@127.0.0.1:1/live ";
  std::string told;
  for (const char* how : {"-o x.txt --resume", "-o x.txt --fps 5", "-o x.txt"}) {
    const Outcome outcome = heddle(address + how + " -v --log run.log");
    EXPECT_NE(outcome.exit_code, 0) << how;
    told += outcome.output;
  }
  told += heddle(address + "rtsp://somebody:opensesame@127.0.0.2/live -o out/").output;
  EXPECT_THAT(told, HasSubstr("rtsp://***@127.0.0.1:1/live"));
  EXPECT_THAT(told, ::testing::Not(HasSubstr("opensesame")));
  EXPECT_THAT(told, HasSubstr("cannot be read a second time"));
  EXPECT_THAT(text("run.log"), ::testing::Not(HasSubstr("opensesame")));
}

}  // namespace
}  // namespace heddle
