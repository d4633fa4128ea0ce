// Hostile and mistaken files: each gets an error that names the file, the place and what is wrong.

#include "io/motifs/motif.h"
#include "tests/unit/io/motifs/motif_files.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

namespace heddle::io {
namespace {

using ::testing::HasSubstr;

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

struct Case {
  const char* name;
  std::string text;
  const char* says;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class MotifErrors : public ::testing::TestWithParam<Case> {};

TEST_P(MotifErrors, NameTheFileAndWhatIsWrong) {
  const ScratchFolder folder;
  const std::string path = folder.write("motifs", GetParam().text);
  const std::string message = message_of<InputError>([&] { read_motifs(path); });
  EXPECT_THAT(message, HasSubstr(path));
  EXPECT_THAT(message, HasSubstr(GetParam().says));
  EXPECT_LT(message.size(), path.size() + 250);
}

INSTANTIATE_TEST_SUITE_P(
    Files,
    MotifErrors,
    ::testing::Values(
        Case{"Empty", "", "is empty"},
        Case{"Blank", " \n\n", "motifs are read as"},
        Case{"Words", "just some words\n", "motifs are read as"},
        Case{"Picture", "\x89PNG\r\n", "PNG"},
        Case{"ZeroColumn", ">a\nA 1 0\nC 1 0\nG 1 0\nT 1 0\n", "column 2 holds only zeros"},
        Case{"Negative", ">a\nA 1 -2\nC 1 0\nG 1 0\nT 1 0\n", "line 2: '-2' is negative"},
        Case{"NotANumber", ">a\nA 1 nan\nC 1 0\nG 1 0\nT 1 0\n", "'nan'"},
        Case{"Overflow", ">a\nA 1e999\nC 1\nG 1\nT 1\n", "'1e999'"},
        Case{"SumOverflow", ">a\nA 1e308\nC 1e308\nG 1\nT 1\n", "overflow"},
        Case{"Ragged", ">a\nA 1 2\nC 1\nG 1 1\nT 1 1\n", "has 1 columns, those above have 2"},
        Case{"ThreeRows", ">a\nA 1\nC 1\nG 1\n", "has not the four rows"},
        Case{"TwoAs", ">a\nA 1\nA 1\nG 1\nT 1\n", "second row for A"},
        Case{"NoName", ">\nA 1\nC 1\nG 1\nT 1\n", "no name"},
        Case{"ManyColumns",
             ">a\nA" + repeated(" 1", 1000000) + "\n",
             "1000000 columns; at most 1024"},
        Case{"TransfacCut", "AC M1\nP0 A C G T\n01 1 2 3 4\n", "has no end (//)"},
        Case{"TransfacProtein", "AC M1\nP0 A C D E\n01 1 2 3 4\n//\n", "'D' is no letter of DNA"},
        Case{"TransfacShortRow", "AC M1\nP0 A C G T\n01 1 2\n//\n", "has 2 counts, needs 4"},
        Case{"TransfacNoMatrix",
             "AC M1\nXX\n//\nAC M2\nP0 A C G T\n01 1 2 3 4\n//\n",
             "M1 is empty"},
        Case{"TransfacLong",
             "AC M1\nP0 A C G T\n" + repeated("01 1 2 3 4\n", 1025) + "//\n",
             "more than 1024 columns"},
        Case{"MemeProtein", "MEME version 4\nALPHABET= ACDEFGHIKLMNPQRSTVWY\n", "is not DNA"},
        Case{"MemeTwentyLetters",
             "MEME version 4\nMOTIF a\nletter-probability matrix: alength= 20 w= 1\n",
             "over 20 letters"},
        Case{"MemeWidth",
             "MEME version 4\nMOTIF a\nletter-probability matrix: w= 3\n.1 .2 .3 .4\n",
             "says w= 3 and has 1 rows"},
        Case{"MemeAbsurdWidth",
             "MEME version 4\nMOTIF a\nletter-probability matrix: w= 1000000\n",
             "outside 1 to 1024"},
        Case{"MemeShortRow",
             "MEME version 4\nMOTIF a\nletter-probability matrix:\n.1 .2 .7\n",
             "has 3 numbers, needs 4"},
        Case{"MemeNoMatrix", "MEME version 4\nMOTIF a\nMOTIF b\n", "no letter-probability matrix"},
        Case{"MemeNothing", "MEME version 4\n", "holds no motif"},
        Case{"Protein", ">a\nMKLE\n", "'L' is not a nucleotide"},
        Case{"PatternEmpty", ">a\n>b\nACGT\n", "line 1: motif a is empty"},
        Case{"PatternLong", ">a\n" + repeated("ACGT\n", 257), "more than 1024 letters"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(MotifMutants, GiveMotifsOrAnInputError) {
  const ScratchFolder folder;
  std::mt19937 random(20261127);
  int sound = 0, refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string text = std::array{kTransfac, kJaspar, kMeme, kPatterns}[random() % 4];
    for (unsigned changes = 1 + random() % 3; changes > 0 && !text.empty(); --changes) {
      const std::size_t at = random() % text.size();
      if (random() % 3 == 0)
        text.erase(at, 1 + random() % 20);
      else
        text.insert(at, 1, "\n> 0-.A[/\t\xff\0N=9e"[random() % 16]);
    }
    try {
      const MotifFile file = read_motifs(folder.write("x", text));
      for (const Motif& motif : file.motifs) EXPECT_NE(motif.counts.empty(), motif.pattern.empty());
      ++sound;
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(sound, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace heddle::io
