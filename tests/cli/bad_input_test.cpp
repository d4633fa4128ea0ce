// Bad input gets one line that names what, where and what to do, the documented exit code, and
// nothing half-written.

#include "tests/cli/cli.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace heddle {
namespace {

struct Case {
  const char* name;
  const char* words;
  int exit_code;
  const char* says;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class BadInput : public Cli, public testing::WithParamInterface<Case> {};

TEST_P(BadInput, GetsOneClearLineAndItsExitCode) {
  setenv(
      "HEDDLE_CUDA_MODULE", "no-module.so", 1);  // so that a GPU is refused where there is one, too
  write("empty.fa", "");
  std::string garbage = "\x01\x02\x03\x7f garbage";
  garbage.append(5000, '\xee');
  write("garbage.bin", garbage);
  write("notes.txt", "just some words\nand more\n");
  write("twice.fa", ">a\nACGT\n>a\nACGT\n");
  write("bad.fq", "@r\nACGT\n+\nII\n");
  write("bare.txt", "ACGTACGATCGACTNN\nACGAT\n");
  write("site.fa", ">x\nTTGACA\n");
  write("blank.fa", "\n\n\n");
  write("number.toml", "[genome]\nthreads = \"two\"\n");
  write("bad.toml", "[genome]\nformt = \"bed\"\n");
  write("other.toml", "[video]\nformat = \"mot\"\n[genome]\nforma = \"bed\"\n");
  write("worse.toml", "[genom]\nformat = \"bed\"\n");
  std::filesystem::copy(std::filesystem::path(HEDDLE_TEST_DATA) / "genome/sorted.cram",
                        folder_ / "aligned.cram");
  run("printf 'YUV4MPEG2 W4 H4 F25:1\\nFRAME\\n' | gzip > clip.y4m.gz", folder_);
  run("gzip -k genome.fa && head -c 1200 genome.fa.gz > cut.fa.gz; head -c 900 reads.bam > "
      "cut.bam; head -c 6000 match.mp4 > cut.mp4",
      folder_);
  const Outcome outcome = heddle(GetParam().words);
  EXPECT_EQ(outcome.exit_code, GetParam().exit_code) << outcome.output;
  EXPECT_NE(outcome.output.find(GetParam().says), std::string::npos) << outcome.output;
  const std::size_t error = outcome.output.find("error: ");
  ASSERT_NE(error, std::string::npos) << outcome.output;
  EXPECT_EQ(
      std::count(
          outcome.output.begin() + static_cast<std::ptrdiff_t>(error), outcome.output.end(), '\n'),
      1)
      << outcome.output;
  EXPECT_FALSE(exists("out.gff3")) << "a failed run must not leave an output under its final name";
  EXPECT_FALSE(exists("out.mp4"));
}

INSTANTIATE_TEST_SUITE_P(
    Cases,
    BadInput,
    testing::Values(
        Case{"Missing", "genome absent.fa --quiet -o out.gff3", 3, "absent.fa"},
        Case{"MissingVideo", "video absent.mp4 -q -o out.mp4", 3, "absent.mp4"},
        Case{"Empty", "genome empty.fa --quiet -o out.gff3", 3, "empty"},
        Case{"Folder", "genome . --quiet -o out.gff3", 3, "folder"},
        Case{"Garbage", "genome garbage.bin --quiet -o out.gff3", 3, "garbage.bin"},
        Case{"Text", "genome notes.txt --quiet -o out.gff3", 3, "notes.txt"},
        Case{"TextAsVideo", "video notes.txt -q -o out.mp4", 3, "notes.txt"},
        Case{"UnfinishedVideo", "video cut.mp4 -q -o out.mp4", 3, "was not finished being written"},
        Case{"DamagedVideoAsGenome", "genome cut.mp4 --quiet -o out.gff3", 3, "use heddle video"},
        Case{"MissingReference", "genome reads.bam -T absent.fa --quiet -o x.cram", 3, "absent.fa"},
        Case{"MissingReferenceOfCram",
             "genome aligned.cram -T absent.fa --quiet -o out.gff3",
             3,
             "-T absent.fa"},
        Case{"MissingReferenceOfBam",
             "genome reads.bam -T absent.fa --quiet -o out.gff3",
             3,
             "-T absent.fa"},
        Case{"CramWithoutItsReference", "genome aligned.cram --quiet -o out.gff3", 3, "-T FASTA"},
        Case{"VideoAsGenome", "genome match.mp4 --quiet -o out.gff3", 3, "heddle video"},
        Case{"GenomeAsVideo", "video genome.fa -q -o out.mp4", 3, "heddle genome"},
        Case{"DuplicateNames", "genome twice.fa --quiet -o out.gff3", 3, "'a'"},
        Case{"BrokenFastq", "genome bad.fq --quiet -o out.gff3", 3, "bad.fq"},
        Case{"TruncatedGzip", "genome cut.fa.gz --quiet -o out.gff3", 3, "cut.fa.gz"},
        Case{"TruncatedBam", "genome cut.bam --quiet -o out.gff3", 3, "cut.bam"},
        Case{"TruncatedVideo", "video cut.mp4 -q -o out.mp4", 3, "cut.mp4"},
        Case{"UnwritableOutput",
             "genome genome.fa --quiet -o genome.fa/out.gff3",
             7,
             "genome.fa/out.gff3"},
        Case{
            "OutputIsInput", "genome genome.fa --quiet -y -O gff3 -o genome.fa", 7, "input itself"},
        Case{"UnknownFormat", "genome genome.fa --quiet -O gff -o out.gff3", 2, "gff3"},
        Case{"UnknownExtension", "genome genome.fa --quiet -o out.xyz", 2, ".gff3"},
        Case{"CompressedOutput", "genome genome.fa --quiet -o out.gff3.gz", 2, "bgzip"},
        Case{"MissingFolder",
             "genome genome.fa --quiet -o no/such/out.gff3",
             7,
             "no/such does not exist"},
        Case{"MissingParentFolder", "genome genome.fa --quiet -o no/out/", 7, "no does not exist"},
        Case{"UnknownBackEnd",
             "genome genome.fa --quiet -d cpuu -o out.gff3",
             2,
             "cuda cuda-f32 cpu cpu-bf16 reference"},
        Case{"NegativeFrames", "video match.mp4 -q --frames -5 -o out.mp4", 2, "1000000000000"},
        Case{"BareSequence", "genome bare.txt --quiet -o out.gff3", 3, "'>NAME'"},
        Case{"VideoInsideGzip", "video clip.y4m.gz -q -o out.mp4", 3, "video inside gzip"},
        Case{"UnknownConfigKey",
             "-c bad.toml genome genome.fa --quiet -o out.gff3",
             2,
             "bad.toml, line 2: heddle genome has no option 'formt'; did you mean 'format'?"},
        Case{"UnknownConfigKeyOfALaterSection",
             "-c other.toml genome genome.fa --quiet -o out.gff3",
             2,
             "other.toml, line 4: heddle genome has no option 'forma'"},
        Case{"UnknownConfigSection",
             "-c worse.toml genome genome.fa --quiet -o out.gff3",
             2,
             "worse.toml, line 1: there is no command 'genom'"},
        Case{"WrongValueInConfig",
             "-c number.toml genome genome.fa --quiet -o out.gff3",
             2,
             "also from number.toml"},
        Case{"NoCommand", "", 2, "name a command: video, genome"},
        Case{"BlankLines", "genome blank.fa --quiet -o out.gff3", 3, "blank lines"},
        Case{"EmptyOutputName", "genome genome.fa --quiet -o ''", 2, "-o is empty"},
        Case{"EmptyInputName", "genome '' --quiet -o out.gff3", 2, "name is empty"},
        Case{"FormatTwice", "genome genome.fa --quiet -O bed,bed -o out/", 2, "names bed twice"},
        Case{"InputTwice",
             "genome genome.fa genome.fa --quiet -o out/",
             2,
             "genome.fa is given twice"},
        Case{"FileAsFolder",
             "genome genome.fa --quiet -o genome.fa/",
             7,
             "genome.fa is a file, no folder"},
        Case{"VideoToStdout", "video match.mp4 -q -O mp4", 2, "name a file with -o"},
        Case{"TagsOfContigs", "genome genome.fa --quiet -o out.bam", 3, "SAM, BAM and CRAM"},
        Case{"ClosedStandardInput", "genome - --quiet -o out.gff3 <&-", 3, "standard input"},
        Case{"ClosedStandardOutput", "genome genome.fa --quiet >&-", 7, "standard output"},
        Case{"FullDisk", "genome genome.fa --quiet -O gff3 -o /dev/full", 7, "No space left"},
        Case{"OutputIsTheMotifs",
             "genome genome.fa --task motifs --motifs site.fa --quiet -y -O tsv -o site.fa",
             7,
             "is read by this run"},
        Case{"OutputIsTheRegions",
             "genome reads.bam -L bare.txt --quiet -y -O bed -o bare.txt",
             7,
             "is read by this run"},
        Case{"ProteinsOfMotifs",
             "genome genome.fa --task motifs --motifs site.fa --quiet -O faa -o out.faa",
             2,
             "gff3, bed, tsv"},
        Case{"TwoFormatsToStdout", "genome genome.fa --quiet -O gff3,bed", 2, "folder"},
        Case{"UnknownModel",
             "genome genome.fa --quiet -m genes-referense -o out.gff3",
             6,
             "genes-reference"},
        Case{"ModelOfTheOtherJob",
             "genome genome.fa --quiet -m tracking-reference -o out.gff3",
             6,
             "tracking"},
        Case{"DamagedModel",
             "genome genome.fa --quiet -m ./garbage.safetensors -o out.gff3",
             6,
             "garbage.safetensors"},
        Case{"CudaHere", "genome genome.fa --quiet -d cuda -o out.gff3", 5, "cuda"},
        Case{"BadBox", "video match.mp4 -q --init 1,2,3 -o out.mp4", 2, "x,y,w,h"},
        Case{"BoxOutside", "video match.mp4 -q --init 900,900,20,20 -o out.mp4", 2, "320 x 240"},
        Case{"NothingToTrack", "video match.mp4 -q --detector none -o out.mp4", 2, "--init"}),
    [](const auto& given) { return std::string(given.param.name); });

TEST_F(Cli, ARunThatFailsBeforeItsFirstResultLeavesNothing) {
  write("bad.fq", "@r\nACGT\n+\nII\n");
  EXPECT_EQ(heddle("genome bad.fq --quiet -O gff3,faa -o out/").exit_code, 3);
  EXPECT_FALSE(exists("out"));
}

TEST_F(Cli, AnOutputThatCannotBeOpenedTakesTheOthersWithIt) {
  std::filesystem::create_directories(folder_ / "out" / "genome.bed");
  EXPECT_EQ(heddle("genome genome.fa --quiet -O gff3,bed -o out/").exit_code, 7);
  EXPECT_FALSE(exists("out/genome.gff3.partial")) << run("ls out", folder_).output;
}

TEST_F(Cli, ARefusalAfterTheOutputsWereOpenedLeavesNothing) {
  EXPECT_EQ(heddle("genome genome.fa --lift --quiet -O gff3,bed -o out/").exit_code, 2);
  EXPECT_FALSE(exists("out")) << run("ls out", folder_).output;
}

TEST_F(Cli, AReaderThatLeavesThePipeIsNoError) {
  const Outcome outcome = run("'" HEDDLE_BINARY "' genome genome.fa --quiet | true", folder_);
  EXPECT_EQ(outcome.output, "");
}

TEST_F(Cli, ARunThatFailsLaterSaysWhereTheFinishedPartLies) {
  write("twice.fa", text("genome.fa") + ">made1\nACGT\n");
  const Outcome outcome = heddle("genome twice.fa --quiet -o out.gff3");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_NE(outcome.output.find("is in out.gff3.partial"), std::string::npos) << outcome.output;
  EXPECT_TRUE(exists("out.gff3.partial"));
}

TEST_F(Cli, ARunThatFailsBeforeItFoundAnythingLeavesNothing) {
  write("twice.fa", ">a\nACGT\n>a\nACGT\n");
  const Outcome outcome = heddle("genome twice.fa --quiet -o out.gff3");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_FALSE(exists("out.gff3.partial")) << outcome.output;
}

}  // namespace
}  // namespace heddle
