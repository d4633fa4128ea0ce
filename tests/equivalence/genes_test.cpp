// The gene model against the numbers of configs/models/genes-reference's definition: one pass, both
// strands, and a contig with a seam between segments, an end and a run of N.

#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "attention/weights/safetensors.h"
#include "tests/equivalence/agreement.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace heddle::attention {
namespace {

constexpr std::int64_t kSegment = 6144;
constexpr std::int64_t kHalo = 768;
constexpr std::uint8_t kN = 4;

using Bases = std::vector<std::uint8_t>;

Bases reverse_complement(const Bases& bases) {
  Bases turned(bases.rbegin(), bases.rend());
  for (std::uint8_t& base : turned) base = base < kN ? 3 - base : base;
  return turned;
}

void log_softmax(const float* x, float* y) {
  const float most = *std::max_element(x, x + 4);
  float sum = 0;
  for (int i = 0; i < 4; ++i) sum += std::exp(x[i] - most);
  for (int i = 0; i < 4; ++i) y[i] = x[i] - most - std::log(sum);
}

class GenesReference : public ::testing::TestWithParam<std::string> {
 protected:
  GenesReference()
      : vector_(HEDDLE_TEST_DATA "/genes-vector.safetensors"),
        model_(Model::load(HEDDLE_ROOT "/configs/models/genes-reference/weights.safetensors",
                           backend(GetParam()))),
        work_(model_.make_workspace("forward", {shape_of(DType::kU8, {kSegment})})) {}

  /// (6144, 8)
  Tensor forward(const Bases& bases) {
    std::memcpy(work_.input("bases").data, bases.data(), bases.size());
    model_.run(work_);
    Tensor logits(DType::kF32, {kSegment, 8});
    copy(work_.output("logits"), logits.view());
    return logits;
  }

  /// Log-probabilities (6144, 8): 4 of the + strand, 4 of the - strand, two passes averaged.
  Tensor both_strands(const Bases& bases) {
    const Tensor plus = forward(bases);
    const Tensor minus = forward(reverse_complement(bases));
    Tensor mean(DType::kF32, {kSegment, 8});
    for (std::int64_t i = 0; i < kSegment; ++i) {
      const float* y = plus.view().as<float>() + 8 * i;
      const float* r = minus.view().as<float>() + 8 * (kSegment - 1 - i);
      for (int strand = 0; strand < 2; ++strand) {
        std::array<float, 4> a;
        std::array<float, 4> b;
        log_softmax(y + 4 * strand, a.data());
        log_softmax(r + 4 * (1 - strand), b.data());
        float* to = mean.view().as<float>() + 8 * i + 4 * strand;
        for (std::size_t c = 0; c < 4; ++c) to[c] = (a[c] + b[c]) / 2;
      }
    }
    return mean;
  }

  Bases bases(const char* name) const {
    const TensorView& stored = vector_.tensor(name);
    const auto* data = stored.as<std::uint8_t>();
    return {data, data + stored.size()};
  }

  Weights vector_;
  Model model_;
  Workspace work_;
};

class GenesReferenceOnFastBackEnds : public GenesReference {};

TEST_P(GenesReference, OnePassGivesTheStoredLogits) {
  expect_agreement(
      "logits", forward(bases("bases")).view().permute({1, 0}), vector_.tensor("logits"));
}

TEST_P(GenesReferenceOnFastBackEnds, BothStrandsAveragedGiveTheStoredProbabilities) {
  const Tensor both = both_strands(bases("bases"));
  const TensorView channels = both.view().permute({1, 0});
  expect_agreement("both_plus", channels.slice(0, 0, 4), vector_.tensor("both_plus"));
  expect_agreement("both_minus", channels.slice(0, 4, 4), vector_.tensor("both_minus"));
}

/// 0 none, 1-3 + strand phase, 4-6 - strand phase.
std::uint8_t label_of(const float* y) {
  const float none = y[0] + y[4];
  const std::array score = {
      none, y[1] + y[4], y[2] + y[4], y[3] + y[4], y[5] + y[0], y[6] + y[0], y[7] + y[0]};
  return static_cast<std::uint8_t>(std::max_element(score.begin(), score.end()) - score.begin());
}

TEST_P(GenesReferenceOnFastBackEnds, AContigWithASeamAnEndAndARunOfNGetsTheStoredLabels) {
  const Bases contig = bases("contig");
  const Bases wanted = bases("contig_labels");
  const auto length = static_cast<std::int64_t>(contig.size());
  std::int64_t wrong = 0;
  for (std::int64_t at = 0; at < length; at += kSegment - 2 * kHalo) {
    Bases segment(kSegment, kN);
    for (std::int64_t i = 0; i < kSegment; ++i) {
      const std::int64_t from = at + i - kHalo;
      if (from >= 0 && from < length) segment[i] = contig[from];
    }
    const Tensor both = both_strands(segment);
    for (std::int64_t i = kHalo; i < kSegment - kHalo && at + i - kHalo < length; ++i) {
      wrong += label_of(both.view().as<float>() + 8 * i) != wanted[at + i - kHalo];
    }
  }
  std::printf("contig_labels    %lld of %lld differ\n",
              static_cast<long long>(wrong),
              static_cast<long long>(length));
  RecordProperty("contig_labels_wrong", std::to_string(wrong));
  EXPECT_LE(wrong, length / 1000);
}

class GenesInHalfPrecision : public GenesReference {};

TEST_P(GenesInHalfPrecision, SayTheSameOfAllButAFewBases) {
  for (const BackendStatus& status : backend_statuses()) {
    if (status.name == GetParam() && !status.available) GTEST_SKIP() << status.detail;
  }
  const Tensor half = both_strands(bases("bases"));
  const Tensor full = [this] {
    model_ = Model::load(HEDDLE_ROOT "/configs/models/genes-reference/weights.safetensors",
                         backend("cpu"));
    work_ = model_.make_workspace("forward", {shape_of(DType::kU8, {kSegment})});
    return both_strands(bases("bases"));
  }();
  std::int64_t other = 0;
  for (std::int64_t i = kHalo; i < kSegment - kHalo; ++i) {
    other += label_of(half.view().as<float>() + 8 * i) != label_of(full.view().as<float>() + 8 * i);
  }
  std::printf("%lld of %lld bases are labelled otherwise\n",
              static_cast<long long>(other),
              static_cast<long long>(kSegment - 2 * kHalo));
  EXPECT_LE(other, (kSegment - 2 * kHalo) / 200);
}

INSTANTIATE_TEST_SUITE_P(BackEnds, GenesInHalfPrecision, ::testing::Values("cpu-bf16"));

/// The judge needs 15 s a pass: it does one, the others do them all.
std::vector<std::string> fast_backends() {
  std::vector<std::string> names = available_backends();
  std::erase(names, "reference");
  return names;
}

INSTANTIATE_TEST_SUITE_P(BackEnds, GenesReference, ::testing::ValuesIn(available_backends()));
INSTANTIATE_TEST_SUITE_P(BackEnds,
                         GenesReferenceOnFastBackEnds,
                         ::testing::ValuesIn(fast_backends()));

}  // namespace
}  // namespace heddle::attention
