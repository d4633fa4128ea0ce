// Transformer-XL (arXiv 1901.02860): a segment attends itself, causally, and the keys and values
// that the segment before it left, at relative positions; the gradient stops there, or goes on for
// as many segments as the tape holds.
#include "attention/memory/memory_gradient.h"
#include "attention/memory/rotary_table.h"
#include "tests/unit/attention/memory/memory_case.h"

#include <gtest/gtest.h>

namespace heddle::attention {
namespace {

constexpr std::int64_t kSegment = 8;
constexpr int kHeads = 2;
constexpr int kKeyDim = 6;
constexpr int kValueDim = 4;
constexpr double kTheta = 50;

/// Blocks of one segment: the ring holds this segment and the one before.
MemoryCase segments_of_one_block() {
  return {.name = "xl",
          .spec = {.kv_heads = kHeads,
                   .key_dim = kKeyDim,
                   .value_dim = kValueDim,
                   .block = kSegment,
                   .sink_blocks = 0,
                   .ring_blocks = 2,
                   .rotary_theta = kTheta},
          .heads = kHeads,
          .near = "dense(causal)",
          .length = 4 * kSegment};
}

Tensor turned(const TensorView& rows, bool back = false) {
  RotaryTable table(kTheta, kKeyDim, kSegment);
  Tensor made(DType::kF32, {rows.shape[0], rows.shape[1], rows.shape[2]});
  for (std::int64_t head = 0; head < rows.shape[0]; ++head) {
    for (std::int64_t row = 0; row < rows.shape[1]; ++row) {
      const float* from = rows.at(0, head).at(0, row).as<float>();
      float* to = made.view().at(0, head).at(0, row).as<float>();
      back ? table.rotate_back(row, from, to) : table.rotate(row, from, to);
    }
  }
  return made;
}

/// The definition, for the segment from `first` on: [previous, this] as one sequence whose
/// positions start at 0, so that only distances can matter.
struct Concatenated {
  Concatenated(const Stream& stream, std::int64_t first)
      : before(std::min(first, kSegment)),
        keys(turned(stream.keys(first - before, before + kSegment))),
        values(stream.values(first - before, before + kSegment)),
        queries(turned(stream.queries(first - before, before + kSegment))),
        planned(plan(parse_pattern("dense(causal)"),
                     {.heads = kHeads,
                      .first_query = before,
                      .queries = kSegment,
                      .keys = before + kSegment,
                      .query_block = 8,
                      .key_block = 8})),
        out(DType::kF32, {kHeads, kSegment, kValueDim}),
        log_sum_exp(DType::kF32, {kHeads, kSegment}) {
    const TensorView own = queries.view().slice(1, before, kSegment);
    const KeySegment segment{keys.view(), values};
    backend("reference")
        .attention({&planned, {&own, 1}, {&segment, 1}, 0.5f, out.view(), log_sum_exp.view()});
  }

  struct Gradient {
    Tensor keys, values;  // of [previous, this], unturned
  };
  Gradient differentiate(const TensorView& out_gradient) const {
    const TensorView own = queries.view().slice(1, before, kSegment);
    const KeySegment segment{keys.view(), values};
    const Tensor dk(DType::kF32, {kHeads, before + kSegment, kKeyDim});
    Tensor dv(DType::kF32, {kHeads, before + kSegment, kValueDim});
    const KeySegmentGradient to{dk.view(), dv.view()};
    const TensorView no_queries;
    backend("reference")
        .attention_gradient({.plan = &planned,
                             .queries = {&own, 1},
                             .segments = {&segment, 1},
                             .scale = 0.5f,
                             .out = out.view(),
                             .log_sum_exp = log_sum_exp.view(),
                             .out_gradient = out_gradient,
                             .query_gradients = {&no_queries, 1},
                             .segment_gradients = {&to, 1}});
    return {turned(dk.view(), true), std::move(dv)};
  }

  std::int64_t before;
  Tensor keys;
  TensorView values;
  Tensor queries;
  BlockPlan planned;
  Tensor out;
  Tensor log_sum_exp;
};

double distance(const TensorView& a, const TensorView& b) {
  double largest = 0;
  for (std::int64_t head = 0; head < a.shape[0]; ++head) {
    for (std::int64_t row = 0; row < a.shape[1]; ++row) {
      largest =
          std::max(largest, largest_difference(a.at(0, head).at(0, row), b.at(0, head).at(0, row)));
    }
  }
  return largest;
}

class SegmentRecurrence : public testing::TestWithParam<int> {
 protected:
  void forward(MemoryTape& tape, std::int64_t first) {
    const TensorView keys = stream_.keys(first, kSegment);
    const TensorView values = stream_.values(first, kSegment);
    tape.attend(backend(),
                {.queries = stream_.queries(first, kSegment),
                 .first = first,
                 .live_keys = keys,
                 .live_values = values,
                 .live_first = first,
                 .near = &near_,
                 .scale = 0.5f,
                 .out = answer_.out.view().slice(1, first, kSegment)});
    tape.append(keys, values);
  }

  MemoryCase memory_case_ = segments_of_one_block();
  Stream stream_{memory_case_, 21};
  Pattern near_ = parse_pattern(memory_case_.near);
  Answer answer_{memory_case_, stream_.length()};
  RollingMemory memory_{memory_case_.spec};
};

TEST_P(SegmentRecurrence, ASegmentAttendsTheOneBeforeAsIfBothWereOneSequence) {
  MemoryTape tape(memory_, GetParam());
  for (std::int64_t first = 0; first < stream_.length(); first += kSegment) {
    forward(tape, first);
    const Concatenated expected(stream_, first);
    EXPECT_LT(distance(answer_.out.view().slice(1, first, kSegment), expected.out.view()), 1e-5);
  }
}

TEST_P(SegmentRecurrence, TheGradientReachesTheSegmentBeforeWhereTheTapeDoes) {
  MemoryTape tape(memory_, GetParam());
  for (std::int64_t first = 0; first < stream_.length(); first += kSegment) forward(tape, first);
  const std::int64_t last = stream_.length() - kSegment;
  const TensorView out_gradient = stream_.values(0, kSegment);  // any numbers
  const auto expected = Concatenated(stream_, last).differentiate(out_gradient);
  MemoryBackward back(tape);
  const Tensor keys(DType::kF32, {kHeads, kSegment, kKeyDim});
  const Tensor values(DType::kF32, {kHeads, kSegment, kValueDim});
  back.append(keys.view(), values.view());
  back.attend(backend(),
              {.out_gradient = out_gradient,
               .queries = {},
               .live_keys = keys.view(),
               .live_values = values.view()});
  EXPECT_LT(distance(keys.view(), expected.keys.view().slice(1, kSegment, kSegment)), 1e-5);
  EXPECT_LT(distance(values.view(), expected.values.view().slice(1, kSegment, kSegment)), 1e-5);
  EXPECT_EQ(back.done(), GetParam() == 1) << "with one segment the past is a constant";
  if (back.done()) return;
  back.append(keys.view(), values.view());
  EXPECT_LT(distance(keys.view(), expected.keys.view().slice(1, 0, kSegment)), 1e-5);
  EXPECT_LT(distance(values.view(), expected.values.view().slice(1, 0, kSegment)), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(SegmentsOnTheTape, SegmentRecurrence, testing::Values(1, 2));

}  // namespace
}  // namespace heddle::attention
