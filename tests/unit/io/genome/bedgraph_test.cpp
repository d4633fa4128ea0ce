#include "io/sink.h"
#include "io/value_output.h"
#include "tests/unit/io/scratch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

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

/// How many blocks of a BED file cover each base.
std::vector<int> depth_of_bed(const std::string& bed, std::size_t length) {
  std::vector<int> depth(length, 0);
  std::istringstream lines(bed);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    std::string name, other, sizes, starts;
    std::size_t begin = 0, end = 0;
    fields >> name >> begin >> end;
    for (int column = 4; column <= 10; ++column) fields >> other;
    fields >> sizes >> starts;
    std::istringstream all_sizes(sizes), all_starts(starts);
    for (std::string size, start;
         std::getline(all_sizes, size, ',') && std::getline(all_starts, start, ',');) {
      const std::size_t from = begin + std::stoul(start);
      for (std::size_t at = from; at < from + std::stoul(size); ++at) ++depth.at(at);
    }
  }
  return depth;
}

TEST(Bedgraph, IsTheDepthOfTheBedOfTheSameRun) {
  const std::vector<Record> records = {SequenceStart{"chr", 100, true},
                                       cover("inverted_repeat", {{10, 20}, {30, 40}}),
                                       cover("repeat_region", {{10, 25}}),
                                       cover("tandem_repeat", {{50, 60}}),
                                       cover("repeat_region", {{90, 112}}),
                                       SequenceEnd{"chr", 100}};
  const ScratchFolder folder;
  const auto sink = open_sink("bed", folder / "a.bed", {});
  sink->write(Sequence{}, records);
  sink->close();
  std::vector<int> depth(100, 0);
  std::istringstream runs(bedgraph_of(records));
  std::string name;
  int value = 0;
  for (std::size_t from = 0, to = 0; runs >> name >> from >> to >> value;) {
    std::fill_n(depth.begin() + static_cast<std::ptrdiff_t>(from), to - from, value);
  }
  EXPECT_EQ(depth, depth_of_bed(read_file(folder / "a.bed"), 100));
  EXPECT_EQ(depth[11], 3);
}

TEST(Bedgraph, AFeatureOverTheOriginGoesOnAtTheStart) {
  EXPECT_EQ(
      bedgraph_of({cover("CDS", {{80, 110}}), cover("CDS", {{5, 20}}), SequenceEnd{"chr", 100}}),
      "chr\t0\t5\t1\nchr\t5\t10\t2\nchr\t10\t20\t1\nchr\t80\t100\t1\n");
}

TEST(Bedgraph, ProbabilitiesOfOneStrandAreRunsOfHundredths) {
  const ScratchFolder folder;
  const auto sink = open_sink("bedgraph", folder / "a", {});
  auto& shown = dynamic_cast<ValueOutput&>(*sink);
  shown.show(Values::kMinus);
  Sequence piece;
  piece.name = "chr";
  const std::vector<Record> start{SequenceStart{"chr", -1}};
  shown.write_coding(piece, {{1, 1, 1}, {0.2f, 0.2f, 0.31f}});
  sink->write(piece, start);
  piece.offset = 3;  // goes on: the run does too
  shown.write_coding(piece, {{1, 1}, {0.31f, 0}});
  sink->write(piece, {});
  piece.offset = 9;  // behind a stretch of which nothing was said
  shown.write_coding(piece, {{1}, {0}});
  const std::vector<Record> end{cover("CDS", {{1, 3}}), SequenceEnd{"chr", 10}};
  sink->write(piece, end);
  sink->close();
  EXPECT_EQ(read_file(folder / "a"),
            "chr\t0\t2\t0.20\nchr\t2\t4\t0.31\nchr\t4\t5\t0.00\nchr\t9\t10\t0.00\n");
}

TEST(Bedgraph, AnInterruptedRunKeepsWhatItHasAndSaysSo) {
  EXPECT_EQ(bedgraph_of({cover("CDS", {{10, 20}})}, false),
            "chr\t10\t20\t1\n# not complete: the run ended before its input\n");
}

TEST(Bedgraph, AFeatureOverTheOriginOfAnInterruptedSequenceGoesOnAtItsStart) {
  EXPECT_EQ(bedgraph_of({SequenceStart{"chr", 100}, cover("CDS", {{80, 110}})}, false),
            "chr\t0\t10\t1\nchr\t80\t100\t1\n"
            "# not complete: the run ended before its input\n");
}

}  // namespace
}  // namespace heddle::io
