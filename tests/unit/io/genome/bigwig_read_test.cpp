// bigWig read back by libBigWig.

#include "io/sink.h"
#include "io/value_output.h"
#include "tests/unit/io/scratch.h"

#include <bigWig.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <tuple>

namespace heddle::io {
namespace {

using ::testing::ElementsAre;
using Stretch = std::tuple<std::uint32_t, std::uint32_t, float>;

struct Close {
  void operator()(bigWigFile_t* file) const { bwClose(file); }
};

class ReadBack {
 public:
  explicit ReadBack(const std::string& path) : file_(bwOpen(path.c_str(), nullptr, "r")) {}

  std::vector<std::string> names() const {
    return {file_->cl->chrom, file_->cl->chrom + file_->cl->nKeys};
  }
  std::vector<std::uint32_t> lengths() const {
    return {file_->cl->len, file_->cl->len + file_->cl->nKeys};
  }
  std::vector<Stretch> runs(const std::string& name, std::uint32_t length) const {
    std::vector<Stretch> all;
    auto* found = bwGetOverlappingIntervals(file_.get(), name.c_str(), 0, length);
    for (std::uint32_t i = 0; found != nullptr && i < found->l; ++i) {
      all.emplace_back(found->start[i], found->end[i], found->value[i]);
    }
    if (found != nullptr) bwDestroyOverlappingIntervals(found);
    return all;
  }

 private:
  std::unique_ptr<bigWigFile_t, Close> file_;
};

Interval cover(const std::string& sequence, std::int64_t start, std::int64_t end) {
  Interval made;
  made.sequence = sequence;
  made.type = "CDS";
  made.parts = {{start, end, 0}};
  return made;
}

TEST(BigwigReadBack, HasTheDepthsOfEachSequenceSortedByName) {
  const ScratchFolder folder;
  const auto sink = open_sink("bw", folder / "a.bw", {});
  const std::vector<Record> records{SequenceStart{"z", -1},
                                    cover("z", 10, 30),
                                    cover("z", 20, 40),
                                    SequenceEnd{"z", 100},
                                    SequenceStart{"a", 50},
                                    cover("a", 0, 50),
                                    SequenceEnd{"a", 50}};
  sink->write(Sequence{}, records);
  sink->close();
  const ReadBack back(folder / "a.bw");
  EXPECT_THAT(back.names(), ElementsAre("a", "z"));
  EXPECT_THAT(back.runs("a", 50), ElementsAre(Stretch{0, 50, 1}));
  EXPECT_THAT(back.runs("z", 100),
              ElementsAre(Stretch{10, 20, 1}, Stretch{20, 30, 2}, Stretch{30, 40, 1}));
}

TEST(BigwigReadBack, AnInterruptedRunKeepsTheLengthThatItsSequenceBeganWith) {
  const ScratchFolder folder;
  const auto sink = open_sink("bw", folder / "a.bw", {});
  const std::vector<Record> records{SequenceStart{"chr", 100}, cover("chr", 10, 30)};
  sink->write(Sequence{}, records);
  sink->close_partial();
  const ReadBack back(folder / "a.bw.partial");
  EXPECT_THAT(back.lengths(), ElementsAre(100U));
  EXPECT_THAT(back.runs("chr", 100), ElementsAre(Stretch{10, 30, 1}));
}

TEST(BigwigReadBack, HoldsMoreRunsThanAreWrittenAtOnce) {
  const ScratchFolder folder;
  const auto sink = open_sink("bw", folder / "a.bw", {});
  std::vector<Record> records{SequenceStart{"chr", -1}};
  for (int i = 0; i < 10000; ++i) records.emplace_back(cover("chr", 10 * i, 10 * i + 5));
  records.emplace_back(SequenceEnd{"chr", 100000});
  sink->write(Sequence{}, records);
  sink->close();
  const auto runs = ReadBack(folder / "a.bw").runs("chr", 100000);
  ASSERT_EQ(runs.size(), 10000U);
  EXPECT_EQ(runs[9999], (Stretch{99990, 99995, 1}));
}

TEST(BigwigReadBack, HasTheProbabilitiesOfTheBedgraphOfTheSameRun) {
  const ScratchFolder folder;
  Coding coding{{0.0f, 0.0f, 0.9f, 0.904f, 0.5f}, {0.0f, 0.0f, 0.0f, 0.0f, 0.5f}};
  Sequence piece;
  piece.name = "chr";
  piece.offset = 7;
  for (const char* format : {"bw", "bedgraph"}) {
    const auto sink = open_sink(format, folder / format, {});
    auto* shown = dynamic_cast<ValueOutput*>(sink.get());
    ASSERT_NE(shown, nullptr);
    shown->show(Values::kCoding);
    ASSERT_TRUE(shown->wants_coding());
    shown->write_coding(piece, coding);
    const std::vector<Record> records{SequenceStart{"chr", -1}, SequenceEnd{"chr", 12}};
    sink->write(piece, records);
    sink->close();
  }
  EXPECT_THAT(ReadBack(folder / "bw").runs("chr", 12),
              ElementsAre(Stretch{7, 9, 0.0f}, Stretch{9, 11, 0.9f}, Stretch{11, 12, 0.75f}));
  EXPECT_EQ(read_file(folder / "bedgraph"),
            "chr\t7\t9\t0.00\nchr\t9\t11\t0.90\nchr\t11\t12\t0.75\n");
}

}  // namespace
}  // namespace heddle::io
