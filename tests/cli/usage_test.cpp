// What cannot be meant is a usage error before anything happens: one line that names what was typed
// and what there is instead, nothing read aloud, nothing made.

#include "tests/cli/cli.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace heddle {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Case {
  const char* name;
  const char* words;
  std::vector<const char*> says;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Usage : public Cli, public testing::WithParamInterface<Case> {
 protected:
  void SetUp() override {
    Cli::SetUp();
    for (const char* name : {"sorted.bam", "reference.fa"}) {
      std::filesystem::copy(std::filesystem::path(HEDDLE_TEST_DATA) / "genome" / name,
                            folder_ / name);
    }
    write("two.fa", ">two\nACGTACGT\n");
    write("eco.fa", ">EcoRI\nGAATTC\n");
    write("unclosed.toml", "# mine\n[genome\nformat = \"bed\"\n");
    write("binary.toml",
          std::string("\x7f"
                      "ELF\x02\x01\x00\x00[x",
                      10));
    write("keyless.toml", "[genome]\nformat: \"bed\"\n");
    write("quote.toml", "[genome]\nformat = \"bed\n");
    write("closed.toml", "[genome]\nclosed = true\n");
  }

  std::set<std::string> files() {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }
};

TEST_P(Usage, IsRefusedInOneLineBeforeAnythingHappens) {
  const std::set<std::string> before = files();
  const Outcome outcome = heddle(GetParam().words);
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_THAT(outcome.output, StartsWith("error: "));
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1) << outcome.output;
  for (const char* words : GetParam().says) EXPECT_THAT(outcome.output, HasSubstr(words));
  EXPECT_EQ(files(), before);
}

const auto kName = [](const auto& given) { return std::string(given.param.name); };

INSTANTIATE_TEST_SUITE_P(
    OfFormats,
    Usage,
    testing::Values(
        Case{"PairsOfGenes",
             "genome genome.fa -O bedpe",
             {"--task genes does not write bedpe",
              "--task repeats",
              "it writes gff3, bed, tsv, faa"}},
        Case{"PairsOfGenesByName", "genome genome.fa -o x.paf", {"-o x.paf", "does not write paf"}},
        Case{"PairsOfMotifs",
             "genome genome.fa --task motifs --motifs eco.fa -O paf",
             {"--task motifs does not write paf", "it writes gff3, bed, tsv, ffn, jsonl"}},
        Case{"ReadsOfMotifs",
             "genome reads.bam --task motifs --motifs eco.fa -o x.bam",
             {"--task motifs does not write bam"}},
        Case{"ProteinsOfRepeats",
             "genome genome.fa --task repeats -O faa -o x.faa",
             {"--task repeats does not write faa", "bedpe, paf"}},
        Case{"GenesOfRepeatsByName",
             "genome genome.fa --task repeats -o x.ffn",
             {"does not write ffn", "--task genes and --task motifs"}},
        Case{"ReadsOfRepeats", "genome reads.bam --task repeats -O sam", {"does not write sam"}},
        Case{"GenesOfVideo",
             "video match.mp4 -o x.gff3",
             {"heddle video does not write gff3", "heddle genome"}},
        Case{"UnknownName", "genome genome.fa -O gff", {"'gff'", "did you mean gff3?"}},
        Case{"CramWithoutReference", "genome sorted.bam -o x.cram", {"sorted.bam", "-T FASTA"}},
        Case{
            "CramWithoutReferenceRehearsed", "genome sorted.bam -o x.cram --dry-run", {"-T FASTA"}},
        Case{"FileForTwoInputs",
             "genome genome.fa two.fa -o one.bed",
             {"one.bed names a file", "2 inputs need a folder"}},
        Case{"FileForTwoFormats",
             "genome genome.fa -O bed,gff3 -o one.bed",
             {"2 formats need a folder"}},
        Case{"OtherContainer",
             "video match.mp4 -O mp4 -o v.mkv",
             {"-O mp4 and -o v.mkv disagree", "v.mp4"}},
        Case{"OtherExtension",
             "genome genome.fa -O bed -o x.gff3",
             {"disagree", "x.bed", "leave out -O for gff3"}},
        Case{"OtherExtensionBySecondName",
             "genome genome.fa -O bed -o x.gff",
             {"disagree", "x.bed", "leave out -O for gff3"}}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    OfWords,
    Usage,
    testing::Values(
        Case{"UnknownCommand",
             "frobnicate",
             {"no command 'frobnicate'", "video, genome, serve, train, eval, bench, info"}},
        Case{"MistypedCommand", "genom genome.fa", {"no command 'genom'", "did you mean genome?"}},
        Case{"UnknownEvaluation",
             "eval trackz a b",
             {"heddle eval has no command 'trackz'", "tracks"}},
        Case{"UnknownOption", "genome --nosuch", {"heddle genome has no option --nosuch"}},
        Case{"UnknownOptionOfNoCommand", "--nosuch", {"heddle has no option --nosuch"}},
        Case{"MistypedOption",
             "video --detecter=none",
             {"no option --detecter;", "did you mean --detector?"}},
        Case{"OptionBeforeItsCommand", "-y genome genome.fa", {"write -y behind 'heddle genome'"}},
        Case{"QuietWhereItIsTheMappingQuality",
             "genome genome.fa -q -o x.gff3",
             {"--min-mapq", "to be quiet: --quiet"}},
        Case{"QualityThatIsAFile", "genome -q genome.fa", {"--min-mapq", "to be quiet: --quiet"}},
        Case{"UnclosedSection",
             "-c unclosed.toml genome genome.fa",
             {"unclosed.toml, line 2: expected a section, [NAME]"}},
        Case{
            "BinaryConfig", "-c binary.toml genome genome.fa", {"binary.toml, line 1: is no text"}},
        Case{"ConfigWithoutEquals",
             "-c keyless.toml genome genome.fa",
             {"keyless.toml, line 2: expected KEY = VALUE"}},
        Case{"UnclosedQuote",
             "-c quote.toml genome genome.fa",
             {"quote.toml, line 2", "not closed"}},
        Case{"ControlCharacters",
             "genome genome.fa \"--no$(printf '\\033[1m\\n-')such\"",
             {"--no\\x1b[1m\\n-such"}}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    OfOptions,
    Usage,
    testing::Values(
        Case{"BadBox", "video match.mp4 --init 1,2,3", {"--init", "'1,2,3' is not a box"}},
        Case{"BoxOutside",
             "video match.mp4 --init 900,1,20,20",
             {"900,1,20,20 lies outside the 320 x 240 frame"}},
        Case{"NothingToTrack", "video match.mp4 --detector none", {"--detector none", "--init"}},
        Case{"LiftOfContigs",
             "genome genome.fa --lift",
             {"--lift needs aligned reads", "genome.fa is FASTA"}},
        Case{"LiftOfOneOfTwo",
             "genome sorted.bam genome.fa --lift -o lifted/",
             {"genome.fa is FASTA"}},
        Case{"LiftIntoReads",
             "genome sorted.bam --lift -O sam",
             {"--lift", "leave one of them out"}},
        Case{"ConsensusAlone", "genome sorted.bam --consensus", {"--consensus goes with --lift"}},
        Case{"ConsensusOfBases",
             "genome sorted.bam --lift --consensus -O faa",
             {"--consensus tells where genes are", "faa"}},
        Case{"LiftOfMotifs",
             "genome sorted.bam --lift --task motifs --motifs eco.fa",
             {"--lift goes with --task genes", "--task motifs"}},
        Case{"AssociationOfGivenBoxes",
             "video match.mp4 --init 1,2,30,40 --assoc sort",
             {"--assoc", "--init"}},
        Case{"DetectorAndInit",
             "video match.mp4 --init 1,2,30,40 --detector motion",
             {"--detector motion", "--init"}},
        Case{"DetectorAndDetections",
             "video match.mp4 --detections d.txt --detector motion",
             {"--detector motion", "--detections"}},
        Case{"DetectionsAndInit",
             "video match.mp4 --detections d.txt --init 1,2,30,40",
             {"--detections", "--init"}},
        Case{"DetectionsOfTwo",
             "video match.mp4 other.mp4 --detections d.txt -o out/",
             {"--detections belong to one input"}},
        Case{"NoInput", "video", {"input is required", "--detections FILE"}},
        Case{"MemoryOfBoxesAlone",
             "video --detections d.txt --memory off",
             {"--memory needs a video"}},
        Case{"PictureOfBoxesAlone",
             "video --detections d.txt -o tracks.mp4",
             {"mp4 shows the video"}},
        Case{
            "SizeThatIsNone", "video --detections d.txt --size 1920", {"--size 1920", "1920x1080"}},
        Case{"PageOfBoxesAlone", "video --detections d.txt -O html -o t.html", {"html shows"}},
        Case{"PartOfBoxesAlone", "video --detections d.txt --stride 2", {"--stride needs a video"}},
        Case{"SeldomDetectionsOfAYardstick",
             "video match.mp4 --detector onnx:d.onnx --detect-every 5 --assoc byte",
             {"--detect-every means nothing beside --assoc byte"}},
        Case{"SizeOfAVideo", "video match.mp4 --size 64x48", {"--size goes with --detections"}},
        Case{"SettingsWithoutInit",
             "video match.mp4 --settings final",
             {"--settings goes with --init"}},
        Case{"ModelOfOcsort",
             "video match.mp4 --assoc ocsort -m tracking-reference",
             {"--model", "--assoc ocsort"}},
        Case{"MemoryOfSort",
             "video match.mp4 --assoc sort --memory off",
             {"--memory", "--assoc sort"}},
        Case{"ReferenceOfContigs",
             "genome genome.fa -T reference.fa",
             {"-T reference.fa", "genome.fa"}},
        Case{"PassesOfMotifs",
             "genome genome.fa --task motifs --motifs eco.fa --passes 1",
             {"--passes goes with --task genes", "--task motifs"}},
        Case{"CodeOfRepeats",
             "genome genome.fa --task repeats -g 4",
             {"--genetic-code goes with --task genes", "--task repeats"}},
        Case{"ModelOfRepeats",
             "genome genome.fa --task repeats -m genes-reference",
             {"--model goes with --task genes"}},
        Case{"LengthOfRepeats",
             "genome genome.fa --task repeats --min-length 200",
             {"--min-length goes with --task genes", "--min-repeat"}},
        Case{"RepeatsOfGenes",
             "genome genome.fa --min-repeat 200",
             {"--min-repeat goes with --task repeats", "--task genes"}},
        Case{"PValueOfPatterns",
             "genome genome.fa --task motifs --motifs eco.fa --p-value 1e-3",
             {"--p-value", "eco.fa holds patterns", "--mismatches"}},
        Case{"FromTheConfig",
             "-c closed.toml genome genome.fa --task repeats",
             {"--closed goes with --task genes", "also from closed.toml"}},
        Case{"BadRegion", "genome sorted.bam -r one:5-2", {"'one:5-2'", "1 <= FROM <= TO"}}),
    kName);

TEST_F(Usage, AFolderOfAFilesNameIsAFolder) {
  std::filesystem::create_directory(folder_ / "one.bed");
  EXPECT_EQ(heddle("genome genome.fa two.fa --quiet -O bed -o one.bed").exit_code, 0);
  EXPECT_TRUE(exists("one.bed/genome.bed"));
  EXPECT_EQ(heddle("genome genome.fa two.fa --quiet -O bed -o two.bed/").exit_code, 0);
  EXPECT_TRUE(exists("two.bed/two.bed"));
}

TEST_F(Usage, AnExtensionThatNamesNoFormatIsFree) {
  EXPECT_EQ(heddle("genome genome.fa --quiet -O tsv -o genes.txt").exit_code, 0);
  EXPECT_THAT(text("genes.txt"), HasSubstr("start\tstop"));
}

TEST_F(Usage, AFormatHasTheExtensionsThatPeopleKnowItBy) {
  for (const auto& [file, format, start] : {std::tuple{"x.gff", "gff3", "##gff-version 3\n"},
                                            std::tuple{"x.gb", "gbk", "LOCUS "},
                                            std::tuple{"x.genbank", "gbk", "LOCUS "},
                                            std::tuple{"x.bg", "bedgraph", "made1\t"},
                                            std::tuple{"x.bedGraph", "bedgraph", "made1\t"},
                                            std::tuple{"x.ndjson", "jsonl", "{"},
                                            std::tuple{"x.htm", "html", "<!DOCTYPE html>"}}) {
    const std::string out = std::string(" --quiet -y -o ") + file;
    EXPECT_EQ(heddle("genome genome.fa" + out).exit_code, 0) << file;
    EXPECT_THAT(text(file), StartsWith(start));
    EXPECT_EQ(heddle(std::string("genome genome.fa -O ") + format + out).exit_code, 0) << file;
  }
  const Outcome outcome = heddle("genome genome.fa --dry-run -o x.bigWig");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

TEST_F(Usage, UnalignedReadsBecomeCramWithoutAReference) {
  write("unaligned.sam", "@HD\tVN:1.6\nread\t4\t*\t0\t0\t*\t*\t0\t0\tACGTACGTAC\t*\n");
  const Outcome outcome = heddle("genome unaligned.sam --quiet -o x.cram");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_TRUE(exists("x.cram"));
}

TEST_F(Usage, AReferenceIsForOneOfSeveralInputsToo) {
  std::filesystem::copy(std::filesystem::path(HEDDLE_TEST_DATA) / "genome/reads.cram",
                        folder_ / "reads.cram");
  const Outcome outcome =
      heddle("genome two.fa reads.cram -T reference.fa --quiet --dry-run -o out/");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

TEST_F(Usage, AReferenceWithABamIsTakenAndSaidToBeNotNeeded) {
  const Outcome outcome = heddle("genome sorted.bam -T reference.fa --dry-run -o out.gff3");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("-T reference.fa is not needed: neither sorted.bam nor"));
}

TEST_F(Usage, TheConfigFileIsNoOutput) {
  const Outcome outcome =
      heddle("-c closed.toml genome genome.fa --quiet -y -O gff3 -o closed.toml");
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_THAT(outcome.output, HasSubstr("closed.toml is read by this run"));
  EXPECT_EQ(text("closed.toml"), "[genome]\nclosed = true\n");
}

TEST_F(Usage, AListInTheConfigMaySpanLines) {
  write("lists.toml",
        "[genome]  # mine\nformat = [\n  \"bed\",  # one\n  \"gff3\"\n]\nclosed = true\n");
  const Outcome outcome = heddle("-c lists.toml genome genome.fa --quiet -o out/");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_TRUE(exists("out/genome.bed"));
  EXPECT_TRUE(exists("out/genome.gff3"));
}

}  // namespace
}  // namespace heddle
