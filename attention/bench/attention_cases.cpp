#include "attention/backend/cpu/attention.h"
#include "attention/backend/cpu/read_out.h"
#include "attention/backend/reference/attention.h"
#include "attention/backend/reference/read_out.h"
#include "attention/bench/measurement.h"
#include "attention/patterns/attended_pairs.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

namespace heddle::attention::bench {
namespace {

constexpr double kTolerance = 2e-5;  // fp32 sums over up to 16,384 keys of unit variance

struct AttentionCase {
  std::string name;
  std::int64_t tokens = 0;
  std::int64_t heads = 0;
  std::int64_t dim = 0;
  std::int64_t radius = kOpenBand;  // causal window: keys [q - radius, q]; open: dense
  bool interleaved = false;         // (tokens, heads, dim), as a model's projection leaves it
};

const AttentionCase kCases[] = {
    {"dense 1k d32", 1024, 8, 32, kOpenBand, true},
    {"dense 16k d64", 16384, 1, 64},
    {"dense 16k d128", 16384, 1, 128},
    {"window 1024 16k d64", 16384, 8, 64, 1024},
    {"window 1024 16k d64 interleaved", 16384, 8, 64, 1024, true},
    {"window 1024 16k d128", 16384, 4, 128, 1024},
    {"window 1024 16k d128 interleaved", 16384, 4, 128, 1024, true},
};

/// One run a row: all keys, or those of a causal window.
BlockPlan plan_of(const AttentionCase& shape, std::int64_t first, std::int64_t count) {
  BlockPlan plan;
  plan.first_query = first;
  plan.queries = count;
  plan.row_begin = {0};
  for (std::int64_t block = first / 64; block <= (first + count - 1) / 64; ++block) {
    const bool dense = shape.radius == kOpenBand;
    const std::int64_t begin =
        dense ? 0 : std::max<std::int64_t>(block * 64 - shape.radius, 0) / 64;
    const std::int64_t end = dense ? (shape.tokens + 63) / 64 : block + 1;
    plan.runs.push_back({.first_slot = begin * 64,
                         .first_key = begin * 64,
                         .count = end - begin,
                         .keys = std::min(end * 64, shape.tokens) - begin * 64,
                         .lo = -shape.radius,
                         .hi = 0,
                         .kind = dense ? TileKind::kFull : TileKind::kBand});
    plan.row_begin.push_back(static_cast<std::int64_t>(plan.runs.size()));
  }
  build_work_list(plan);
  return plan;
}

struct Operand {
  Tensor memory;
  TensorView view;  // (heads, tokens, dim)
};

Operand operand_of(const AttentionCase& shape, std::uint64_t seed) {
  Operand made;
  if (shape.interleaved) {
    made.memory = Tensor(DType::kF32, {shape.tokens, shape.heads, shape.dim});
    made.view = made.memory.view().permute({1, 0, 2});
  } else {
    made.memory = Tensor(DType::kF32, {shape.heads, shape.tokens, shape.dim});
    made.view = made.memory.view();
  }
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  float* data = made.memory.view().as<float>();
  for (std::int64_t i = 0; i < made.view.size(); ++i) data[i] = normal(random);
  return made;
}

/// The largest difference from the reference over some rows of every head.
double difference(const AttentionCase& shape, const AttentionArgs& args) {
  constexpr std::int64_t kRows = 5;
  double worst = 0;
  for (const std::int64_t first : {std::int64_t{0}, shape.tokens / 2 - 2, shape.tokens - kRows}) {
    const BlockPlan plan = plan_of(shape, first, kRows);
    const TensorView queries[] = {args.queries[0].slice(1, first, kRows)};
    const Tensor wanted(DType::kF32, {shape.heads, kRows, shape.dim});
    reference::attention({.plan = &plan,
                          .queries = queries,
                          .segments = args.segments,
                          .scale = args.scale,
                          .out = wanted.view()});
    for (std::int64_t head = 0; head < shape.heads; ++head) {
      for (std::int64_t row = 0; row < kRows; ++row) {
        const float* a = args.out.at(0, head).at(0, first + row).as<float>();
        const float* b = wanted.view().at(0, head).at(0, row).as<float>();
        for (std::int64_t i = 0; i < shape.dim; ++i) {
          worst = worse(worst, std::fabs(a[i] - b[i]));
        }
      }
    }
  }
  return worst;
}

Measurement measure_attention(const AttentionCase& shape) {
  const Operand q = operand_of(shape, 1);
  const Operand k = operand_of(shape, 2);
  const Operand v = operand_of(shape, 3);
  const Operand out = operand_of(shape, 4);
  const BlockPlan plan = plan_of(shape, 0, shape.tokens);
  const TensorView queries[] = {q.view};
  const KeySegment segments[] = {{k.view, v.view}};
  const AttentionArgs args = {.plan = &plan,
                              .queries = queries,
                              .segments = segments,
                              .scale = 1 / std::sqrt(static_cast<float>(shape.dim)),
                              .out = out.view};
  Measurement made;
  made.best = time_of([&] { cpu::attention(args); });
  made.flop = 4.0 * static_cast<double>(attended_pairs(plan) * shape.dim * shape.heads);
  made.bytes = 4.0 * sizeof(float) * static_cast<double>(q.view.size());
  made.items = static_cast<double>(shape.tokens);
  made.unit = "tokens";
  made.error = difference(shape, args);
  made.tolerance = kTolerance;
  return made;
}

/// The largest difference from the reference over the first and the last queries.
double read_out_difference(const ReadOutArgs& args) {
  constexpr std::int64_t kSome = 20;
  double worst = 0;
  for (const std::int64_t first : {std::int64_t{0}, args.queries.shape[0] - kSome}) {
    const Tensor wanted(DType::kF32, {6, kSome});
    ReadOutArgs part = args;
    part.queries = args.queries.slice(0, first, kSome);
    part.out = wanted.view();
    reference::read_out(part);
    for (std::int64_t i = 0; i < 6 * kSome; ++i) {
      const float got = args.out.at(0, i / kSome).as<float>()[first + i % kSome];
      const float error = std::fabs(got - wanted.view().as<float>()[i]);
      worst = worse(worst, error);
    }
  }
  return worst;
}

/// The tracking model's read-out of a wide crop: 4096 queries, 7 frames of 1024 keys.
Measurement measure_read_out(DType storage, int top) {
  constexpr std::int64_t kQueries = 4096;
  constexpr std::int64_t kKeys = 7 * 1024;
  constexpr std::int64_t kDim = 128;
  const Operand q = operand_of({.tokens = kQueries, .heads = 1, .dim = kDim}, 1);
  const Operand k = operand_of({.tokens = kKeys, .heads = 1, .dim = kDim}, 2);
  const Operand v = operand_of({.tokens = kKeys, .heads = 1, .dim = 4}, 3);
  const Tensor keys(storage, {1, kKeys, kDim});
  const Tensor values(storage, {1, kKeys, 4});
  copy(k.view, keys.view());
  copy(v.view, values.view());
  const Tensor out(DType::kF32, {6, kQueries});
  const KeySegment segments[] = {{keys.view(), values.view()}};
  const ReadOutArgs args = {.queries = q.view.at(0, 0),
                            .segments = segments,
                            .scale = 35.2f / kDim,
                            .top = top,
                            .out = out.view()};
  Measurement made;
  made.best = time_of([&] { cpu::read_out(args); });
  made.flop = 2.0 * kQueries * kKeys * (kDim + 4);
  made.bytes = static_cast<double>(sizeof(float) * kQueries * (kDim + 6) +
                                   size_of(storage) * kKeys * (kDim + 4));
  made.items = kQueries;
  made.unit = "cells";
  made.error = read_out_difference(args);
  made.tolerance = kTolerance;
  return made;
}

}  // namespace

std::vector<Case> attention_cases() {
  std::vector<Case> cases;
  for (const AttentionCase& shape : kCases) {
    cases.push_back({"attention " + shape.name + " x" + std::to_string(shape.heads),
                     [shape] { return measure_attention(shape); }});
  }
  for (const auto& [storage, top] :
       {std::pair{DType::kF32, 0}, std::pair{DType::kF16, 0}, std::pair{DType::kF16, 32}}) {
    const std::string name = std::string(name_of(storage)) + " top " + std::to_string(top);
    cases.push_back({"read-out " + name,
                     [storage = storage, top = top] { return measure_read_out(storage, top); }});
  }
  return cases;
}

}  // namespace heddle::attention::bench
