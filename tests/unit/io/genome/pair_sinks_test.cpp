#include "io/sink.h"
#include "tests/unit/io/scratch.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace heddle::io {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Pair inverted_pair() {
  Pair pair;
  pair.name = "p1";
  pair.first = {"chr 1", 900, 1000, 5000};
  pair.second = {"chr 1", 100, 201, 5000};
  pair.strand = '-';
  pair.matches = 95;
  pair.columns = 101;
  pair.score = 77.5;
  pair.attributes = {{"type", "inverted"}};
  return pair;
}

TEST(Bedpe, IsZeroBasedWithBothPlacesAndStrands) {
  const ScratchFolder scratch;
  const auto sink = open_sink("bedpe", scratch / "x.bedpe", {});
  const std::vector<Record> records{inverted_pair(), Failure{"read 7", "broken"}};
  sink->write(Sequence{}, records);
  sink->close();
  EXPECT_EQ(text_of(scratch / "x.bedpe"),
            "chr 1\t900\t1000\tchr 1\t100\t201\tp1\t78\t+\t-\t94.06\t101\ttype=inverted\n"
            "# failed: read 7: broken\n# 1 failed\n");
}

TEST(Paf, HasTheTwelveColumnsAndNoComments) {
  const ScratchFolder scratch;
  const auto sink = open_sink("paf", scratch / "x.paf", {});
  const std::vector<Record> records{inverted_pair(), Failure{"read 7", "broken"}};
  sink->write(Sequence{}, records);
  sink->close();
  EXPECT_EQ(text_of(scratch / "x.paf"),
            "chr 1\t5000\t900\t1000\t-\tchr 1\t5000\t100\t201\t95\t101\t255\tnm:Z:p1\t"
            "id:f:0.9406\tdv:f:0.0594\n");
}

}  // namespace
}  // namespace heddle::io
