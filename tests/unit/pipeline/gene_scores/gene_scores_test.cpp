// The sparse streaming path for DNA: a small model (random weights) whose layers attend to a
// window, to sinks and to blocks retrieved from rolling memory, through feed, graph and scores as
// `heddle genome` runs them.

#include "pipeline/gene_scores.h"

#include "attention/backend/backend.h"
#include "pipeline/encoders/bases.h"
#include "pipeline/encoders/segments.h"
#include "pipeline/graph.h"
#include "pipeline/rna_kinds.h"
#include "pipeline/threads.h"
#include "pipeline/training/rna_head.h"
#include "tests/unit/attention/train/tiny_gene_model.h"
#include "tests/unit/pipeline/pack/temporary_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

constexpr std::size_t kLength = 12000;

class PieceSource : public io::Source {
 public:
  explicit PieceSource(std::size_t piece) : piece_(piece) {
    std::uint32_t state = 7;
    for (std::size_t i = 0; i < kLength; ++i) {
      state = state * 1664525 + 1013904223;
      bases_ += "ACGT"[state >> 30];
    }
  }
  const io::SourceInfo& info() const override { return info_; }
  std::int64_t position() const override { return static_cast<std::int64_t>(at_); }
  std::optional<io::Sample> next() override {
    if (at_ == 2 * kLength) return std::nullopt;
    io::Sequence piece;  // the same sequence twice, under two names
    piece.name = at_ < kLength ? "first" : "second";
    const std::size_t inside = at_ % kLength;
    piece.offset = static_cast<std::int64_t>(inside);
    piece.bases = bases_.substr(inside, piece_);
    piece.first = inside == 0;
    at_ += piece.bases.size();
    piece.last = at_ % kLength == 0;
    return piece;
  }

 private:
  io::SourceInfo info_;
  std::string bases_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

struct Setup {
  std::size_t piece = 1 << 16;
  int threads = 1;
  bool memory = true;
};

/// All scores of both sequences, in order, as bytes would be compared.
std::vector<float> scores(const Setup& setup) {
  const ThreadBudget budget(setup.threads);
  const attention::Model model = attention::Model::load(
      HEDDLE_TEST_DATA "/genes-memory-small.safetensors", attention::backend("cpu"));
  PieceSource source(setup.piece);
  Graph graph({.in_flight = 6});
  std::vector<float> all;
  graph.from(std::make_unique<SegmentFeed>(source, segment_grid(model), Topology::kLinear));
  graph.then(std::make_unique<GeneScores>(model, GeneScoresOptions{2, setup.memory}));
  graph.to([&](Item& item) {
    ASSERT_FALSE(item.failure) << item.failure->reason;
    const auto* values = item.outputs.view().as<float>();
    all.insert(all.end(), values, values + item.outputs.view().size());
  });
  graph.run();
  return all;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(GeneScores, PiecesAndThreadsGiveTheSameBitsAsOneShot) {
  const std::vector<float> one_shot = scores({.piece = kLength});
  ASSERT_EQ(one_shot.size(), 2 * kLength * 8);
  for (const std::size_t piece : {1u, 7u, 1000u, 4096u})
    EXPECT_TRUE(same_bits(scores({.piece = piece}), one_shot)) << piece;
  EXPECT_TRUE(same_bits(scores({.threads = 2}), one_shot));
}

TEST(GeneScores, MemoryOnAndOffDifferOnceThereIsAPast) {
  const std::vector<float> on = scores({});
  const std::vector<float> off = scores({.memory = false});
  ASSERT_EQ(on.size(), off.size());
  EXPECT_FALSE(same_bits(on, off));
}

TEST(GeneScores, MemoryStartsAfreshWithEverySequence) {
  const std::vector<float> all = scores({});
  const std::vector<float> first(all.begin(), all.begin() + kLength * 8);
  const std::vector<float> second(all.begin() + kLength * 8, all.end());
  EXPECT_TRUE(same_bits(first, second));
}

TEST(GeneScores, EachStrandsFourScoresAreLogProbabilities) {
  const attention::Model model = attention::Model::load(
      HEDDLE_TEST_DATA "/genes-memory-small.safetensors", attention::backend("cpu"));
  GeneScores stage(model, {1, true});
  PieceSource source(kLength);
  SegmentFeed feed(source, segment_grid(model), Topology::kLinear);
  Item item;
  ASSERT_TRUE(feed.next(item));
  stage.process(item);
  const attention::TensorView out = item.outputs.view();  // (8, core)
  const auto* values = out.as<float>();
  for (int strand = 0; strand < 2; ++strand) {
    double total = 0;
    for (int c = 0; c < 4; ++c) total += std::exp(values[(strand * 4 + c) * out.shape[1] + 100]);
    EXPECT_NEAR(total, 1, 1e-5);
  }
}

TEST(GeneScores, GoesOnBehindAHoleWithAnEmptyMemory) {
  const attention::Model model = attention::Model::load(
      HEDDLE_TEST_DATA "/genes-memory-small.safetensors", attention::backend("cpu"));
  GeneScores stage(model, {2, true});
  PieceSource source(kLength);
  SegmentFeed feed(source, segment_grid(model), Topology::kLinear);
  for (int i = 0; i < 4; ++i) {
    Item item;
    ASSERT_TRUE(feed.next(item));
    if (i == 2) {
      stage.skip(item);
    } else {
      EXPECT_NO_THROW(stage.process(item)) << i;
    }
  }
}

TEST(GeneScores, AModelMayAskForOnePassElseThereAreTwo) {
  EXPECT_EQ(passes_asked_for({}), 2);
  EXPECT_EQ(passes_asked_for({{"passes", "1"}}), 1);
  EXPECT_EQ(passes_asked_for({{"passes", "2"}}), 2);
  for (const char* wrong : {"0", "3", "", "01", "one"}) {
    EXPECT_THROW(passes_asked_for({{"passes", wrong}}), std::invalid_argument) << wrong;
  }
}

/// A whole read in a window of its own, as SegmentFeed cuts it.
Item read_of(std::size_t length, std::size_t window) {
  PieceSource source(length);
  Item item;
  Segment& read = item.segment.emplace();
  read.bases = std::string(48, 'N') + std::get<io::Sequence>(*source.next()).bases;
  read.bases.resize(window, 'N');
  read.begin = -48;
  read.core_end = static_cast<std::int64_t>(length);
  read.first = read.last = true;
  return item;
}

TEST(GeneScores, TakeTheMemoryThatTheGridSays) {
  for (const std::string name : {"genes-tiny", "genes-reference"}) {
    const attention::Model model = attention::Model::load(
        HEDDLE_ROOT "/configs/models/" + name + "/weights.safetensors", attention::backend("cpu"));
    GeneScores stage(model, {1, true});
    Item item = read_of(150, 384);
    stage.process(item);
    EXPECT_EQ(item.outputs.view().shape[0], segment_grid(model).scores) << name;
  }
}

TEST(GeneScores, AReadsScoresDoNotDependOnTheReadsBesideIt) {
  const attention::Model model = attention::Model::load(
      HEDDLE_ROOT "/configs/models/genes-reference/weights.safetensors", attention::backend("cpu"));
  const SegmentGrid grid = segment_grid(model);
  ASSERT_EQ(grid.step, 384);
  GeneScores stage(model, {1, true});
  const auto scores_of = [&](std::size_t length, std::size_t window) {
    Item item = read_of(length, window);
    stage.process(item);
    const attention::TensorView out = item.outputs.view();
    EXPECT_EQ(out.shape[1], static_cast<std::int64_t>(length));
    return std::vector<float>(out.as<float>(), out.as<float>() + out.size());
  };
  const std::vector<float> alone = scores_of(150, 384);
  scores_of(500, 768);
  scores_of(700, 1152);
  EXPECT_TRUE(same_bits(scores_of(150, 384), alone));
}

/// Scores (channels, bases) of a whole sequence in one window, averaged over both strands.
class BothStrands : public TemporaryFolder {
 protected:
  static constexpr std::size_t kBases = 192;

  /// A model whose RNA classes all say something else.
  attention::Model model_of_rna() const {
    const attention::Parameters made =
        with_rna_head(attention::train::tiny_gene_model(), 3, "tiny");
    const attention::TensorView last = made.at("rna.2.weight");
    for (std::int64_t i = 0; i < last.size(); ++i) last.as<float>()[i] *= 100;
    made.save(path("rna"));
    return attention::Model::load(path("rna"), attention::backend("cpu"));
  }
  static std::vector<float> scores(GeneScores& stage, const std::string& bases) {
    Item item;
    Segment& segment = item.segment.emplace();
    segment.bases = bases;
    segment.core_end = static_cast<std::int64_t>(bases.size());
    segment.first = segment.last = true;
    stage.process(item);
    const attention::TensorView out = item.outputs.view();
    EXPECT_EQ(out.shape[0], kFrameChannels + kRnaClasses);
    return {out.as<float>(), out.as<float>() + out.size()};
  }
};

TEST_F(BothStrands, OfASequenceAndOfItsReverseComplementAreEachOthers) {
  GeneScores stage(model_of_rna(), {2, true});
  PieceSource source(kBases);
  const std::string bases = std::get<io::Sequence>(*source.next()).bases;
  const std::vector<float> along = scores(stage, bases);
  const std::vector<float> against = scores(stage, reverse_complement(bases));
  float apart = 0;  // of a class and of the same on the other strand
  for (int c = 0; c < kFrameChannels + kRnaClasses; ++c) {
    const int other =
        c < kFrameChannels ? (c + 4) % 8 : kFrameChannels + turned(c - kFrameChannels);
    const float* here = &along[static_cast<std::size_t>(c) * kBases];
    const float* across = &along[static_cast<std::size_t>(other) * kBases];
    const float* there = &against[static_cast<std::size_t>(other) * kBases];
    for (std::size_t i = 0; i < kBases; ++i) {
      EXPECT_NEAR(here[i], there[kBases - 1 - i], 1e-4) << "channel " << c << ", base " << i;
      if (c >= kFrameChannels) apart = std::max(apart, std::abs(here[i] - across[i]));
    }
  }
  EXPECT_GT(apart, 0.01) << "or strands that are mixed up would not be seen";
}

TEST_F(BothStrands, AreBothReadUnlessTheModelOrTheOptionsSayOnePass) {
  attention::Parameters made = with_rna_head(attention::train::tiny_gene_model(), 3, "tiny");
  std::string program = made.metadata().at("heddle.model");
  program.replace(program.find("\"segment\""), 0, "\"passes\":1,");
  const auto scored = [&](const std::string& text, int passes) {
    made.set_metadata("heddle.model", text);
    made.save(path("asks"));
    GeneScores stage(attention::Model::load(path("asks"), attention::backend("cpu")),
                     {passes, true});
    PieceSource source(kBases);
    return scores(stage, std::get<io::Sequence>(*source.next()).bases);
  };
  const std::string silent = made.metadata().at("heddle.model");
  const std::vector<float> one = scored(silent, 1);
  const std::vector<float> two = scored(silent, 2);
  ASSERT_FALSE(same_bits(one, two));
  EXPECT_TRUE(same_bits(scored(silent, 0), two));
  EXPECT_TRUE(same_bits(scored(program, 0), one));
  EXPECT_TRUE(same_bits(scored(program, 2), two)) << "options win";
  program.replace(program.find("\"passes\":1"), 10, "\"passes\":7");
  EXPECT_THROW(scored(program, 0), std::invalid_argument);
}

TEST(GeneScores, RefusesAModelOfAnotherKind) {
  const attention::Model tracking =
      attention::Model::load(HEDDLE_ROOT "/configs/models/tracking-reference/weights.safetensors",
                             attention::backend("cpu"));
  EXPECT_THROW(GeneScores(tracking, {}), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
