// Gradients through rolling memory, judged by finite differences in double of an oracle that knows
// the law alone.
#include "attention/memory/memory_gradient.h"

#include "attention/memory/association_gate.h"
#include "tests/unit/attention/memory/segment_oracle.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <map>
#include <ostream>
#include <tuple>

namespace heddle::attention {

void PrintTo(const SegmentCase& segment_case, std::ostream* to) {
  *to << segment_case.memory_case.name;
}

namespace {

Tensor zeros_like(const Leaf& leaf) {
  return {DType::kF32, std::span(leaf.shape.data(), leaf.shape.size())};
}

/// A stream run forward on a tape and walked back over what the tape kept.
class Walk {
 public:
  Walk(const SegmentOracle& oracle, const SegmentCase& segment_case, const Backend& backend)
      : oracle_(oracle),
        spec_(segment_case.memory_case.spec),
        backend_(backend),
        near_(parse_pattern(segment_case.memory_case.near)) {
    compression_[0] = compression_of(oracle.compression_keys);
    compression_[1] = compression_of(oracle.compression_values);
    if (spec_.compressed.kind != CompressionKind::kMean) {
      spec_.compressed.keys = weights_[0].view();
      if (spec_.compressed.kind == CompressionKind::kConv) {
        spec_.compressed.values = weights_[1].view();
      }
    }
    gates_ = Tensor(DType::kF32, {oracle.gates.shape[0]});
    gate_gradient_ = Tensor(DType::kF32, {oracle.gates.shape[0]});
    for (std::size_t i = 0; i < oracle.gates.values.size(); ++i) {
      gates_.view().as<float>()[i] = static_cast<float>(oracle.gates.values[i]);
    }
    RollingMemory memory(spec_);
    MemoryTape tape(memory, segment_case.kept);
    for (const OneSegment& one : oracle.segments) forward(tape, one);
    MemoryBackward back(tape, {compression_[0].view(), compression_[1].view()});
    for (std::size_t i = oracle.segments.size(); i-- > oracle.first_kept();) backward(back, i);
    EXPECT_TRUE(back.done());
  }

  const Tensor& mixed(std::size_t number) const { return kept_[number].mixed; }
  /// By the leaf's name.
  const std::map<std::string, Tensor>& gradients() const { return gradients_; }
  const Tensor& gate_gradient() const { return gate_gradient_; }
  const Tensor& compression_gradient(int which) const { return compression_[which]; }

 private:
  struct Kept {
    Tensor attention, state, mixed;
  };

  Tensor compression_of(const Leaf& leaf) {
    const std::int64_t heads = leaf.shape[0];
    const std::int64_t dim = leaf.shape[2];
    const auto made = [&] {
      return spec_.compressed.kind == CompressionKind::kConv
                 ? Tensor(DType::kF32, {heads, dim, spec_.compressed.ratio, dim})
                 : Tensor(DType::kF32, {heads, dim});
    };
    Tensor& weights = weights_[&leaf == &oracle_.compression_keys ? 0 : 1];
    weights = made();
    for (std::int64_t i = 0; i < weights.view().size(); ++i) {
      weights.view().as<float>()[i] = static_cast<float>(leaf.values[static_cast<std::size_t>(i)]);
    }
    return made();
  }

  void forward(MemoryTape& tape, const OneSegment& one) {
    Kept kept{
        zeros_like(one.out_weights), zeros_like(one.out_weights), zeros_like(one.out_weights)};
    const Tensor queries = one.queries.tensor();
    tape.attend(backend_,
                {.queries = queries.view(),
                 .first = one.live_first,
                 .live_keys = one.live_keys.tensor().view(),
                 .live_values = one.live_values.tensor().view(),
                 .live_first = one.live_first,
                 .near = &near_,
                 .scale = 0.5f,
                 .out = kept.attention.view()});
    copy(kept.attention.view(), kept.mixed.view());
    if (spec_.associative) {
      tape.read_associations(queries.view(), kept.state.view());
      mix_associations(gates_.view(), kept.state.view(), kept.mixed.view());
    }
    tape.append(one.keys.tensor().view(), one.values.tensor().view());
    if (spec_.memory_tokens > 0) {
      tape.write_tokens(one.token_keys.tensor().view(), one.token_values.tensor().view());
    }
    kept_.push_back(std::move(kept));
  }

  void backward(MemoryBackward& back, std::size_t number) {
    const OneSegment& one = oracle_.segments[number];
    const auto made = [&](const Leaf& leaf) {
      return (gradients_[leaf.name] = zeros_like(leaf)).view();
    };
    if (spec_.memory_tokens > 0) {
      back.write_tokens(made(one.token_keys), made(one.token_values));
    }
    back.append(made(one.keys), made(one.values));
    const Tensor out_gradient = one.out_weights.tensor();
    Tensor query_part = zeros_like(one.queries);
    if (spec_.associative) {
      const Tensor state_gradient = zeros_like(one.out_weights);
      mix_associations_backward({.gates = gates_.view(),
                                 .attention = kept_[number].attention.view(),
                                 .state = kept_[number].state.view(),
                                 .out_gradient = out_gradient.view(),
                                 .attention_gradient = out_gradient.view(),
                                 .state_gradient = state_gradient.view(),
                                 .gate_gradient = gate_gradient_.view()});
      back.read_associations(state_gradient.view(), query_part.view());
    }
    const TensorView queries = made(one.queries);
    back.attend(backend_,
                {.out_gradient = out_gradient.view(),
                 .queries = queries,
                 .live_keys = made(one.live_keys),
                 .live_values = made(one.live_values)});
    for (std::int64_t i = 0; i < queries.size(); ++i) {
      queries.as<float>()[i] += query_part.view().as<float>()[i];
    }
  }

  const SegmentOracle& oracle_;
  MemorySpec spec_;
  const Backend& backend_;
  Pattern near_;
  Tensor gates_, gate_gradient_;
  std::array<Tensor, 2> weights_;
  std::array<Tensor, 2> compression_;  // gradients
  std::vector<Kept> kept_;
  std::map<std::string, Tensor> gradients_;
};

MemorySpec small(std::int64_t sinks, std::int64_t ring) {
  return {.kv_heads = 1,
          .key_dim = 4,
          .value_dim = 3,
          .block = 4,
          .sink_blocks = sinks,
          .ring_blocks = ring,
          .rotary_theta = 100};
}

SegmentCase in_segments(std::string name, const MemorySpec& spec, int kept = 2) {
  return {.memory_case = {std::move(name), spec, 2, "window(6,causal)"},
          .cores = {7, 6, 9, 8, 6},
          .kept = kept};
}

MemorySpec far(std::int64_t blocks, int top_k) {
  MemorySpec spec = small(1, 4);
  spec.long_blocks = blocks;
  spec.top_k = top_k;
  return spec;
}

MemorySpec squeezed(CompressionKind kind) {
  MemorySpec spec = small(1, 3);
  spec.compressed = {.blocks = 3, .ratio = 2, .kind = kind};
  return spec;
}

std::vector<SegmentCase> cases() {
  MemorySpec tokens = small(1, 4);
  tokens.memory_tokens = 3;
  MemorySpec associative = small(0, 4);
  associative.associative = true;
  MemorySpec plain = small(1, 4);
  plain.rotary_theta = 0;
  MemorySpec external = far(5, 2);
  external.external = {.blocks = 6, .storage = ColdStorage::kBF16, .heap_blocks = 2};
  MemorySpec everything = far(5, 1);
  everything.compressed = {.blocks = 2, .ratio = 2};
  everything.memory_tokens = 2;
  everything.associative = true;
  everything.kv_heads = 2;
  SegmentCase halo = in_segments("halo", small(1, 6), 3);
  halo.halo = 3;
  halo.memory_case.near = "window(3)";
  SegmentCase grouped = in_segments("everything", everything, 3);
  grouped.memory_case.heads = 4;
  return {in_segments("ring", small(0, 4)),
          in_segments("no_past", small(0, 4), 1),
          in_segments("sinks", small(2, 4), 5),
          in_segments("no_rotary", plain),
          halo,
          in_segments("compressed_mean", squeezed(CompressionKind::kMean), 3),
          in_segments("compressed_conv", squeezed(CompressionKind::kConv), 5),
          in_segments("compressed_pool", squeezed(CompressionKind::kPool), 5),
          in_segments("compressed_older_than_the_tape", squeezed(CompressionKind::kMean), 1),
          in_segments("retrieval", far(5, 2), 4),
          in_segments("all_of_the_long_tier", far(3, 0), 5),
          in_segments("external", external, 5),
          in_segments("tokens", tokens, 3),
          in_segments("associative", associative, 3),
          grouped};
}

using Parameters = std::tuple<SegmentCase, std::string>;

class MemoryGradient : public testing::TestWithParam<Parameters> {
 protected:
  void expect_gradient(Leaf& leaf, const Tensor& got) {
    constexpr double kStep = 1e-5;
    for (std::size_t i = 0; i < leaf.values.size(); ++i) {
      const double was = leaf.values[i];
      leaf.values[i] = was + kStep;
      const double up = oracle_.loss();
      leaf.values[i] = was - kStep;
      const double down = oracle_.loss();
      leaf.values[i] = was;
      const double expected = (up - down) / (2 * kStep);
      ASSERT_NEAR(got.view().as<float>()[i], expected, 2e-5 * (1 + std::abs(expected)))
          << leaf.name << ", element " << i;
    }
  }

  SegmentCase segment_case_ = std::get<0>(GetParam());
  const Backend& backend_ = backend(std::get<1>(GetParam()));
  SegmentOracle oracle_{segment_case_, 5};
  Walk walk_{oracle_, segment_case_, backend_};
};

TEST_P(MemoryGradient, ForwardIsTheOracles) {
  for (std::size_t number = 0; number < oracle_.segments.size(); ++number) {
    const std::vector<double> expected = oracle_.out(number);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(walk_.mixed(number).view().as<float>()[i], expected[i], 1e-5)
          << "segment " << number << ", element " << i;
    }
  }
}

TEST_P(MemoryGradient, IsThatOfFiniteDifferencesOverTheSegmentsOnTheTape) {
  for (std::size_t number = oracle_.first_kept(); number < oracle_.segments.size(); ++number) {
    for (Leaf* leaf : oracle_.segments[number].inputs()) {
      if (leaf->values.empty()) continue;
      expect_gradient(*leaf, walk_.gradients().at(leaf->name));
    }
  }
  if (segment_case_.memory_case.spec.associative) {
    expect_gradient(oracle_.gates, walk_.gate_gradient());
  }
  const CompressionKind kind = segment_case_.memory_case.spec.compressed.kind;
  if (kind != CompressionKind::kMean) {
    expect_gradient(oracle_.compression_keys, walk_.compression_gradient(0));
  }
  if (kind == CompressionKind::kConv) {
    expect_gradient(oracle_.compression_values, walk_.compression_gradient(1));
  }
}

TEST_P(MemoryGradient, HasTheSameBitsOnAnyNumberOfThreads) {
  const auto run = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return Walk(oracle_, segment_case_, backend_);
  };
  const Walk one = run(1);
  const Walk many = run(8);
  for (const auto& [name, gradient] : one.gradients()) {
    EXPECT_TRUE(same_bits(gradient.view(), many.gradients().at(name).view())) << name;
  }
}

std::vector<std::string> back_ends() {
  std::vector<std::string> names;
  for (const BackendStatus& status : backend_statuses()) {
    if (status.available) names.push_back(status.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(EveryBackEnd,
                         MemoryGradient,
                         testing::Combine(testing::ValuesIn(cases()),
                                          testing::ValuesIn(back_ends())),
                         [](const testing::TestParamInfo<Parameters>& tested) {
                           std::string name = std::get<0>(tested.param).memory_case.name + "_" +
                                              std::get<1>(tested.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

class TapeOrder : public testing::Test {
 protected:
  TapeOrder() { tape_.append(keys_.view(), values_.view()); }

  RollingMemory memory_{small(1, 4)};
  MemoryTape tape_{memory_, 2};
  Tensor keys_{DType::kF32, {1, 5, 4}};
  Tensor values_{DType::kF32, {1, 5, 3}};
};

TEST_F(TapeOrder, ACallOutOfOrderNamesTheOneThatIsExpected) {
  MemoryBackward back(tape_);
  try {
    back.write_tokens({}, {});
    FAIL() << "tokens were never written";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("append of positions from 0"));
  }
  back.append({}, {});
  EXPECT_TRUE(back.done());
  EXPECT_THROW(back.append({}, {}), std::invalid_argument);
}

TEST_F(TapeOrder, OnlyTheLastSegmentsAreKept) {
  for (int i = 0; i < 4; ++i) tape_.append(keys_.view(), values_.view());
  EXPECT_EQ(tape_.segments(), 2);
  MemoryBackward back(tape_);
  back.append({}, {});
  EXPECT_FALSE(back.done());
  back.append({}, {});
  EXPECT_TRUE(back.done());
}

TEST_F(TapeOrder, ACutTapeHasNothingToWalk) {
  tape_.cut();
  EXPECT_EQ(memory_.length(), 5);
  EXPECT_TRUE(MemoryBackward(tape_).done());
}

TEST_F(TapeOrder, AGradientOfAnotherShapeIsRefusedWithBoth) {
  MemoryBackward back(tape_);
  EXPECT_THROW(back.append(values_.view(), {}), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
