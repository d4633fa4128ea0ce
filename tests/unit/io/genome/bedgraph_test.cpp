#include "io/sink.h"
#include "tests/unit/io/scratch.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

Interval cover(const std::string& type, std::vector<std::pair<std::int64_t, std::int64_t>> parts) {
  Interval made;
  made.sequence = "chr";
  made.type = type;
  for (const auto& [start, end] : parts) made.parts.push_back({start, end, 0});
  return made;
}

std::string bedgraph_of(const std::vector<Record>& records, bool whole = true) {
  const ScratchFolder folder;
  const auto sink = open_sink("bedgraph", folder / "a.bedgraph", {});
  sink->write(Sequence{}, records);
  if (whole) {
    sink->close();
    return read_file(folder / "a.bedgraph");
  }
  sink->close_partial();
  return read_file(folder / "a.bedgraph.partial");
}

TEST(Bedgraph, OverlapsAreRunsOfTheirOwnValue) {
  EXPECT_EQ(bedgraph_of({SequenceStart{"chr", 100},
                         cover("CDS", {{10, 30}}),
                         cover("CDS", {{20, 40}}),
                         SequenceEnd{"chr", 100}}),
            "chr\t10\t20\t1\nchr\t20\t30\t2\nchr\t30\t40\t1\n");
}

TEST(Bedgraph, NeighboursOfOneValueAreOneRun) {
  EXPECT_EQ(
      bedgraph_of({cover("CDS", {{20, 40}}), cover("CDS", {{10, 20}}), SequenceEnd{"chr", 90}}),
      "chr\t10\t40\t1\n");
}

TEST(Bedgraph, BasesBetweenPartsAreNotCovered) {
  EXPECT_EQ(bedgraph_of({cover("CDS", {{10, 20}, {21, 30}}), SequenceEnd{"chr", 90}}),
            "chr\t10\t20\t1\nchr\t21\t30\t1\n");
}

TEST(Bedgraph, ArmsOfInvertedRepeatsAreCountedAsCopiesOnly) {
  EXPECT_EQ(bedgraph_of({cover("inverted_repeat", {{10, 20}, {30, 40}}),
                         cover("repeat_region", {{10, 20}}),
                         cover("tandem_repeat", {{50, 60}}),
                         SequenceEnd{"chr", 90}}),
            "chr\t10\t20\t1\nchr\t50\t60\t1\n");
}

TEST(Bedgraph, AFeatureOverTheOriginGoesOnAtTheStart) {
  EXPECT_EQ(
      bedgraph_of({cover("CDS", {{80, 110}}), cover("CDS", {{5, 20}}), SequenceEnd{"chr", 100}}),
      "chr\t0\t5\t1\nchr\t5\t10\t2\nchr\t10\t20\t1\nchr\t80\t100\t1\n");
}

TEST(Bedgraph, AnInterruptedRunKeepsWhatItHasAndSaysSo) {
  EXPECT_EQ(bedgraph_of({cover("CDS", {{10, 20}})}, false),
            "chr\t10\t20\t1\n# not complete: the run ended before its input\n");
}

}  // namespace
}  // namespace heddle::io
