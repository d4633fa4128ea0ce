#include "io/formats/pair_rows.h"

#include "io/error.h"
#include "tests/unit/io/scratch.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

std::vector<Pair> pairs_of(const std::string& text) {
  const ScratchFolder folder;
  return read_pairs(folder.write("pairs.txt", text));
}

TEST(PairRows, ReadBedpeWithOurIdentityOrWithout) {
  const auto pairs = pairs_of(
      "#comment\nc\t900\t1000\td\t100\t201\tp1\t77\t+\t-\t94.06\t101\ttype=inverted\n\n"
      "c\t1\t9\tc\t20\t29\n");
  ASSERT_EQ(pairs.size(), 2u);
  EXPECT_EQ(pairs[0].first.end, 1000);
  EXPECT_EQ(pairs[0].second.sequence, "d");
  EXPECT_EQ(pairs[0].strand, '-');
  EXPECT_EQ(pairs[0].matches, 95);
  EXPECT_EQ(pairs[0].columns, 101);
  EXPECT_EQ(pairs[1].strand, '+');
  EXPECT_DOUBLE_EQ(pairs[1].identity(), 1);
}

TEST(PairRows, ReadPafButForAPlacePairedWithItself) {
  const auto pairs = pairs_of(
      "c\t5000\t900\t1000\t-\tc\t5000\t100\t201\t95\t101\t60\ttp:A:P\n"
      "c\t5000\t0\t5000\t+\tc\t5000\t0\t5000\t5000\t5000\t60\n");
  ASSERT_EQ(pairs.size(), 1u);
  EXPECT_EQ(pairs[0].second.start, 100);
  EXPECT_EQ(pairs[0].strand, '-');
  EXPECT_EQ(pairs[0].columns, 101);
}

TEST(PairRows, NameTheLineThatIsNoPair) {
  for (const char* line : {"c\t1\t9",
                           "c\t9\t1\tc\t20\t29",
                           "c\t-1\t9\tc\t20\t29",
                           "no pair",
                           "c\t1\t1099511627777\tc\t20\t29"}) {
    std::string text = "c\t1\t9\tc\t20\t29\n";
    text += line;
    try {
      pairs_of(text);
      ADD_FAILURE() << line;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("line 2"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace heddle::io
