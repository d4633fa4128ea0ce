#include "tests/cli/cli.h"

#include <algorithm>
#include <sstream>

namespace heddle {
namespace {

TEST_F(Cli, FindsTheEightPlantedGenesOfTheMadeGenome) {
  const Outcome outcome = heddle("genome genome.fa --quiet");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  // The stops, where the test data's generator put them.
  for (const char* stop : {"\t1129\t",
                           "\t1948\t",
                           "\t2029\t",
                           "\t3403\t",
                           "\t5140\t",
                           "\t6079\t",
                           "\t6160\t",
                           "\t8407\t"}) {
    EXPECT_NE(outcome.output.find(stop), std::string::npos) << stop << "\n" << outcome.output;
  }
}

TEST_F(Cli, ThreadsAndIoChunksNeverChangeAnOutput) {
  ASSERT_EQ(heddle("genome genome.fa --quiet -t 1 -O gff3,bed,faa,ffn,jsonl -o one/").exit_code, 0);
  ASSERT_EQ(heddle("genome genome.fa --quiet -t 2 --io-chunk 101 -O gff3,bed,faa,ffn,jsonl -o two/")
                .exit_code,
            0);
  for (const char* name :
       {"genome.gff3", "genome.bed", "genome.faa", "genome.ffn", "genome.jsonl"}) {
    EXPECT_EQ(text(std::string("one/") + name), text(std::string("two/") + name)) << name;
  }
}

std::string made_bases(std::size_t count, unsigned state) {
  std::string bases;
  while (bases.size() < count) {
    state = state * 1664525u + 1013904223u;
    bases += "ACGT"[state >> 30];
  }
  return bases;
}

std::string array_of(const std::string& unit, std::size_t count) {
  std::string array;
  while (array.size() < count) array += unit;
  return array.substr(0, count);
}

std::size_t count_of(const std::string& word, const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

TEST_F(Cli, ALongArrayIsOneTandemRepeatAndNoPairs) {
  const std::string unit = "ACGTTGCAGGATATATTGCGTACGTTAGC";
  write("t.fa", ">t\n" + made_bases(9000, 1) + array_of(unit, 300000) + made_bases(900, 2) + "\n");
  ASSERT_EQ(heddle("genome t.fa --quiet --task repeats -O gff3,bedpe -o out/").exit_code, 0);
  EXPECT_EQ(count_of("\ttandem_repeat\t", text("out/t.gff3")), 1u) << text("out/t.gff3");
  EXPECT_NE(text("out/t.gff3").find("period=29;"), std::string::npos) << text("out/t.gff3");
  EXPECT_EQ(count_of("\nt\t", "\n" + text("out/t.bedpe")), 0u) << text("out/t.bedpe");
}

TEST_F(Cli, AShortArrayIsToldOnceWithItsShortestPeriod) {
  write("t.fa",
        ">t\n" + made_bases(3000, 1) + array_of("ACGTTAGCAACGTTAGCATG", 600) + made_bases(3000, 2) +
            "\n");
  const std::string told = heddle("genome t.fa --quiet --task repeats -O gff3").output;
  EXPECT_EQ(count_of("\tID=", told), 1u) << told;
  EXPECT_NE(told.find("period=20;"), std::string::npos) << told;
}

TEST_F(Cli, AnArrayOfLongCopiesIsARowToo) {
  write("t.fa",
        ">t\n" + made_bases(3000, 1) + array_of(made_bases(1500, 3), 15000) + made_bases(3000, 2) +
            "\n");
  const std::string told = heddle("genome t.fa --quiet --task repeats -O gff3").output;
  EXPECT_NE(told.find("\ttandem_repeat\t"), std::string::npos) << told;
  EXPECT_NE(told.find("period=1500;copies=10.0;"), std::string::npos) << told;
}

TEST_F(Cli, RepeatsAreDrawnOnAPageAndCountedAlongTheSequence) {
  const std::string copy = made_bases(800, 3);
  write(
      "t.fa",
      ">t\n" + made_bases(3000, 1) + copy + made_bases(3000, 2) + copy + made_bases(900, 4) + "\n");
  ASSERT_EQ(heddle("genome t.fa --quiet --task repeats --min-repeat 300 -O html,bedgraph -o out/")
                .exit_code,
            0);
  const std::string page = text("out/t.html");
  EXPECT_NE(page.find("<h1>Repeats of t.fa</h1>"), std::string::npos) << page;
  EXPECT_NE(page.find("<dd>--min-repeat 300</dd>"), std::string::npos) << page;
  EXPECT_NE(page.find("Dot plot of t"), std::string::npos) << page;
  EXPECT_EQ(count_of("\t1\n", text("out/t.bedgraph")), 2u) << text("out/t.bedgraph");
}

TEST_F(Cli, ThePageOfLiftedGenesCountsTheReferencesThatReadsLieOn) {
  const std::string bam = "'" HEDDLE_TEST_DATA "/genome/sorted.bam'";
  for (const std::string also : {"", " --consensus"}) {
    const Outcome outcome =
        heddle("genome " + bam + " --quiet -y --lift -O html -o lifted.html" + also);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_NE(text("lifted.html").find("<dd>2, 900 bases</dd>"), std::string::npos);
  }
}

TEST_F(Cli, TheShortestGeneMeansNothingToRepeats) {
  const Outcome outcome = heddle("genome genome.fa --quiet --task repeats --min-length 200");
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_NE(outcome.output.find("--min-repeat"), std::string::npos) << outcome.output;
}

TEST_F(Cli, RepeatsAreTheSameForAnyThreadsAndIoChunksAndNeedNoModel) {
  std::string bases = made_bases(90000, 1);
  bases += bases.substr(1000, 2000) + bases.substr(50000, 700);
  bases += array_of("ACGTTGCAGGATATATTGCGTACGTTAGC", 70000) + array_of("ACTTG", 9000);
  write("repeats.fa", ">r\n" + bases + "\n");
  const std::string common = "genome repeats.fa --quiet --task repeats -O gff3,bedpe,paf,jsonl ";
  const std::string no_models = "mkdir none; HEDDLE_MODELS=none '" HEDDLE_BINARY "' ";
  ASSERT_EQ(run(no_models + common + "-t 1 -o one/", folder_).exit_code, 0);
  ASSERT_EQ(heddle(common + "-t 2 --io-chunk 101 -o two/").exit_code, 0);
  for (const char* name : {"repeats.gff3", "repeats.bedpe", "repeats.paf", "repeats.jsonl"}) {
    EXPECT_EQ(text(std::string("one/") + name), text(std::string("two/") + name)) << name;
  }
  EXPECT_NE(text("one/repeats.bedpe").find("r\t1000\t3000\t"), std::string::npos)
      << text("one/repeats.bedpe");
}

TEST_F(Cli, ReadsStandardInputAndGzipLikeAFile) {
  const std::string direct = heddle("genome genome.fa --quiet -O bed").output;
  EXPECT_EQ(run("gzip -c genome.fa | '" HEDDLE_BINARY "' genome - --quiet -O bed", folder_).output,
            direct);
  EXPECT_NE(direct.find("made1\t"), std::string::npos);
}

TEST_F(Cli, ReportsReadsOfABamOneByOneInOrder) {
  const Outcome outcome = heddle("genome reads.bam --quiet -O bed");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  const std::size_t first = outcome.output.find("read0\t");
  const std::size_t second = outcome.output.find("read1\t");
  ASSERT_NE(first, std::string::npos) << outcome.output;
  ASSERT_NE(second, std::string::npos) << outcome.output;
  EXPECT_LT(first, second);
}

TEST_F(Cli, OneOfSeveralInputsMayFailAndTheOthersAreWhole) {
  write("empty.fa", "");
  const Outcome outcome = heddle("genome genome.fa empty.fa --quiet -O bed -o out/");
  EXPECT_EQ(outcome.exit_code, 4) << outcome.output;
  EXPECT_TRUE(exists("out/genome.bed"));
  EXPECT_FALSE(exists("out/empty.bed"));
}

TEST_F(Cli, RefusesToReplaceAnOutputWithoutBeingTold) {
  write("genes.bed", "mine\n");
  EXPECT_EQ(heddle("genome genome.fa --quiet -o genes.bed").exit_code, 7);
  EXPECT_EQ(text("genes.bed"), "mine\n");
  EXPECT_EQ(heddle("genome genome.fa --quiet -y -o genes.bed").exit_code, 0);
  EXPECT_NE(text("genes.bed"), "mine\n");
}

TEST_F(Cli, AnInterruptedRunLeavesNothingUnderTheFinalName) {
  // An input that never ends: the run is stopped once it has begun to write.
  const std::string script =
      "mkfifo endless.fa; (i=0; while sed \"s/made1/c$i/\" genome.fa; do i=$((i + 1)); [ $i = 60 ] "
      "&& touch fed; done > endless.fa 2>/dev/null) & feeder=$!; "
      "'" HEDDLE_BINARY "' genome endless.fa --quiet -m '" HEDDLE_TEST_DATA
      "/genes-memory-small.safetensors' -o out.bed & pid=$!; "
      "for t in $(seq 600); do [ -e fed ] && break; sleep 0.1; done; "
      "kill -INT $pid; wait $pid; code=$?; kill $feeder 2>/dev/null; exit $code";
  const Outcome outcome = run(script, folder_);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.output;
  EXPECT_FALSE(exists("out.bed"));
  EXPECT_TRUE(exists("out.bed.partial"));
}

TEST_F(Cli, AnInterruptedRunCountsTheBasesThatItWorkedOn) {
  const std::string script =
      "mkfifo endless.fa; (echo '>long'; i=0; while tail -n +2 genome.fa; do i=$((i + 1)); [ $i = "
      "200 ] && touch fed; done > endless.fa 2>/dev/null) > endless.fa & feeder=$!; "
      "'" HEDDLE_BINARY
      "' genome endless.fa --task repeats -t 1 -O bed -o out.bed & pid=$!; "
      "for t in $(seq 600); do [ -e fed ] && break; sleep 0.1; done; sleep 1; kill -INT $pid; "
      "wait $pid; code=$?; kill $feeder 2>/dev/null; exit $code";
  const Outcome outcome = run(script, folder_);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.output;
  EXPECT_NE(outcome.output.find("1 sequence (not to its end), "), std::string::npos)
      << outcome.output;
  EXPECT_EQ(outcome.output.find(" 0 bases"), std::string::npos) << outcome.output;
}

TEST_F(Cli, AnOutputThatMayNotGrowNamesWhatIsLeftAndHowToGoOn) {
  run("for i in $(seq 180); do sed \"s/made1/c$i/\" genome.fa; done > many.fa", folder_);
  // A file that may not grow any more is a full disk of one's own; by then there was a safe point.
  const Outcome outcome =
      run("trap '' XFSZ; ulimit -f 192; '" HEDDLE_BINARY
          "' genome many.fa --quiet -m '" HEDDLE_TEST_DATA
          "/genes-memory-small.safetensors' -O jsonl --journal-every 0.001 -o out.jsonl",
          folder_);
  EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
  EXPECT_NE(outcome.output.find("out.jsonl: cannot be written: File too large; what was written "
                                "until then is in out.jsonl.partial; --resume goes on with it once "
                                "there is room"),
            std::string::npos)
      << outcome.output;
}

TEST_F(Cli, AnInterruptedRunIntoADeviceNamesTheDevice) {
  const std::string script =
      "mkfifo endless.fa; (i=0; while sed \"s/made1/c$i/\" genome.fa; do i=$((i + 1)); [ $i = 60 ] "
      "&& touch fed; done > "
      "endless.fa 2>/dev/null) & feeder=$!; "
      "'" HEDDLE_BINARY "' genome endless.fa -t 1 -m '" HEDDLE_TEST_DATA
      "/genes-memory-small.safetensors' -O gff3 -o /dev/null & pid=$!; "
      "for t in $(seq 600); do [ -e fed ] && break; sleep 0.1; done; kill -INT $pid; wait $pid; "
      "code=$?; kill $feeder "
      "2>/dev/null; exit $code";
  const Outcome outcome = run(script, folder_);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.output;
  EXPECT_NE(outcome.output.find("what was finished went to /dev/null\n"), std::string::npos)
      << outcome.output;
}

TEST_F(Cli, AnOutputThatDamageCutShortDoesNotSpeakOfAnInterruption) {
  run("gzip -c genome.fa > cut.fa.gz; sed s/made1/made2/ genome.fa | gzip -c | head -c 1200 >> "
      "cut.fa.gz",
      folder_);
  const Outcome outcome = heddle("genome cut.fa.gz -o out.gff3");
  EXPECT_EQ(outcome.exit_code, 3) << outcome.output;
  const std::string written = text("out.gff3.partial");
  EXPECT_NE(written.find("# not complete: the run ended before its input\n"), std::string::npos);
  EXPECT_EQ((outcome.output + written).find("interrupt"), std::string::npos) << outcome.output;
}

TEST_F(Cli, ANameWithALineEndLeavesEveryMessageOneLine) {
  const Outcome outcome = heddle("genome genome.fa --dry-run -o \"$(printf 'a\\nb.bed')\"");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find(" -> a\\nb.bed\n"), std::string::npos) << outcome.output;
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 2) << outcome.output;
}

TEST_F(Cli, ASignalEndsARunThatWaitsForASilentPipe) {
  const Outcome outcome =
      run("sleep 6 | timeout -s TERM 2 '" HEDDLE_BINARY "' genome - --quiet -o out.bed", folder_);
  EXPECT_FALSE(exists("out.bed"));
  EXPECT_EQ(outcome.output.find("error"), std::string::npos) << outcome.output;
}

TEST_F(Cli, TwoInputsThatWouldShareAnOutputAreRefusedBeforeAnythingRuns) {
  run("mkdir a b && cp genome.fa a/x.fa && cp genome.fa b/x.fa", folder_);
  const Outcome outcome = heddle("genome a/x.fa b/x.fa --quiet -y -O bed -o out/");
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_NE(outcome.output.find("would both be written"), std::string::npos) << outcome.output;
  EXPECT_FALSE(exists("out/x.bed"));
}

TEST_F(Cli, ACircularSequenceIsSaidToBeOne) {
  run("sed '1s/$/ [topology=circular]/' genome.fa > circle.fa", folder_);
  const Outcome outcome = heddle("genome circle.fa --quiet");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("Is_circular=true"), std::string::npos)
      << outcome.output.substr(0, 400);
}

TEST_F(Cli, ADryRunOpensEverythingAndWritesNothing) {
  const Outcome outcome = heddle("genome genome.fa --dry-run -o out.gff3");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("genes-tiny"), std::string::npos) << outcome.output;
  EXPECT_FALSE(exists("out.gff3"));
  EXPECT_FALSE(exists("out.gff3.partial"));
}

TEST_F(Cli, EndsWithALineOfWallCpuAndMemory) {
  const Outcome outcome = heddle("genome genome.fa -o out.bed");
  const std::size_t last = outcome.output.rfind("heddle genome: wall ");
  ASSERT_NE(last, std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("peak memory", last), std::string::npos);
}

TEST_F(Cli, SelectsAlignedReadsAsSamtoolsDoes) {
  const std::string bam = "'" HEDDLE_TEST_DATA "/genome/sorted.bam' -O jsonl --quiet ";
  const auto reads = [&](const std::string& options) {
    const Outcome outcome = heddle("genome " + bam + options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    std::size_t count = 0;
    for (std::size_t at = 0;
         (at = outcome.output.find("\"sequence_end\"", at)) != std::string::npos;
         ++at) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(reads("-r one:60-90 -r two:200"), 5u);
  EXPECT_EQ(reads("-f 0x10 -F 1"), 1u);
  EXPECT_EQ(reads("-q 60"), 14u);
  const Outcome missing = heddle("genome " + bam + "-r three");
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_NE(missing.output.find("it has one, two"), std::string::npos) << missing.output;
}

TEST_F(Cli, WritesReadsAgainWithTheirGenesAsTags) {
  EXPECT_EQ(heddle("genome reads.bam -O sam,gff3 -o out/ --quiet -t 2").exit_code, 0);
  const std::string sam = text("out/reads.sam");
  const std::string gff3 = text("out/reads.gff3");
  EXPECT_NE(gff3.find("\tCDS\t"), std::string::npos);
  EXPECT_NE(sam.find("\tgs:B:I,"), std::string::npos) << sam.substr(0, 3000);
  EXPECT_EQ(heddle("genome genome.fa -o out/x.bam --quiet").exit_code, 3);
  EXPECT_FALSE(exists("out/x.bam"));
}

TEST_F(Cli, LiftsTheGenesOfAlignedReadsOntoTheirReference) {
  // The made genome as one read, clipped by ten bases and with one base that the reference lacks.
  const std::string fasta = text("genome.fa");
  std::string bases;
  for (std::size_t at = fasta.find('\n') + 1; at < fasta.size() && fasta[at] != '>'; ++at) {
    if (fasta[at] != '\n') bases += fasta[at];
  }
  bases.resize(3000);
  write(
      "one.sam",
      "@SQ\tSN:chr\tLN:5000\nread\t0\tchr\t1001\t60\t10S1500M1I1489M\t*\t0\t0\t" + bases + "\t*\n");
  write("one.fa", ">read\n" + bases + "\n");
  EXPECT_EQ(heddle("genome one.fa --quiet -O bed -o plain.bed").exit_code, 0);
  EXPECT_EQ(heddle("genome one.sam --lift --quiet -O bed -o lifted.bed").exit_code, 0);
  std::istringstream plain(text("plain.bed"));
  std::istringstream lifted(text("lifted.bed"));
  std::string name;
  std::int64_t start = 0, end = 0, lifted_start = 0, lifted_end = 0;
  int genes = 0;
  const auto on_reference = [](std::int64_t at) { return at + 990 - (at > 1510 ? 1 : 0); };
  for (std::string rest; plain >> name >> start >> end && std::getline(plain, rest); ++genes) {
    ASSERT_TRUE(lifted >> name >> lifted_start >> lifted_end && std::getline(lifted, rest));
    EXPECT_EQ(name, "chr");
    EXPECT_EQ(lifted_start, on_reference(std::max<std::int64_t>(start, 10)));
    EXPECT_EQ(lifted_end, on_reference(end));
  }
  EXPECT_GE(genes, 2);
  EXPECT_EQ(heddle("genome genome.fa --lift --quiet").exit_code, 2);
  EXPECT_EQ(heddle("genome one.sam --lift --quiet -o x.bam").exit_code, 2);
}

TEST_F(Cli, TellsTheGenesThatAlignedReadsAgreeOn) {
  const std::string fasta = text("genome.fa");
  std::string bases;
  for (std::size_t at = fasta.find('\n') + 1; at < fasta.size() && fasta[at] != '>'; ++at) {
    if (fasta[at] != '\n') bases += fasta[at];
  }
  bases.resize(3000);
  std::string sam = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr\tLN:5000\n";
  for (int read = 0; read < 3; ++read) {
    sam += "read" + std::to_string(read) + "\t0\tchr\t1001\t60\t3000M\t*\t0\t0\t" + bases + "\t*\n";
  }
  write("three.sam", sam);
  EXPECT_EQ(heddle("genome three.sam --lift --quiet -O tsv -o each.tsv").exit_code, 0);
  EXPECT_EQ(heddle("genome three.sam --lift --consensus --quiet -O tsv -o agreed.tsv").exit_code,
            0);
  const auto rows = [this](const std::string& name) {
    const std::string table = text(name);
    return std::count(table.begin(), table.end(), '\n') - 1;
  };
  EXPECT_GE(rows("agreed.tsv"), 2);
  EXPECT_LE(3 * rows("agreed.tsv"), rows("each.tsv"));
  EXPECT_NE(text("agreed.tsv").find("\t3\t3\t3\t3"), std::string::npos) << text("agreed.tsv");
  EXPECT_EQ(heddle("genome three.sam --lift --consensus --min-support 4 --quiet -O tsv -o none.tsv")
                .exit_code,
            0);
  EXPECT_EQ(rows("none.tsv"), 0);
}

TEST_F(Cli, ReadsOnStandardOutputLeaveWhatIsThereAlone) {
  write("all.sam", "before\n");
  const Outcome outcome = heddle("genome reads.bam -O sam --quiet >> all.sam");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_EQ(text("all.sam").rfind("before\n@", 0), 0u) << text("all.sam").substr(0, 200);
}

TEST_F(Cli, MotifOptionsWithoutTheirTaskAreRefused) {
  const Outcome outcome = heddle("genome genome.fa --quiet --fdr 0.1");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find("--fdr goes with --task motifs"), std::string::npos);
}

}  // namespace
}  // namespace heddle
