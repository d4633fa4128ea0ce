#include "attention/backend/cpu/attention.h"
#include "attention/backend/reference/attention.h"
#include "attention/bench/measurement.h"
#include "attention/patterns/attended_pairs.h"
#include "attention/selectors/selector.h"

#include <cmath>
#include <random>
#include <string>

namespace heddle::attention::bench {
namespace {

constexpr double kTolerance = 2e-5;  // fp32 sums over some 5,000 keys
constexpr std::int64_t kHeads = 8;
constexpr std::int64_t kDim = 64;

struct DynamicCase {
  std::string selector;
  std::int64_t tokens = 0;
  bool attends = false;  // measures the attention too, which takes far longer
};

const DynamicCase kCases[] = {
    {"moba(512,9)", 131072, true},
    {"moba(64,16,queries=64)", 131072, true},
    {"quest(64,16,queries=64)", 131072, true},
    {"hierarchical(64,8,16,queries=64)", 131072, true},
    {"moba(64,16)", 65536},
    {"quest(64,16)", 65536},
    {"compressed(64,16)", 65536},
    {"hierarchical(64,8,16)", 131072, true},
    {"xattention(64,stride=8,mass=90)", 16384},
    {"top_k(32)", 16384},
};

/// Rows that drift, as a stream's do: neighbours are alike. (heads, tokens, dim)
Tensor drifting(std::int64_t tokens, std::uint64_t seed) {
  Tensor made(DType::kF32, {kHeads, tokens, kDim});
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  for (std::int64_t head = 0; head < kHeads; ++head) {
    float* row = made.view().at(0, head).as<float>();
    for (std::int64_t i = 0; i < tokens * kDim; ++i) {
      row[i] = (i < kDim ? 0 : 0.98f * row[i - kDim]) + 0.2f * normal(random);
    }
  }
  return made;
}

struct Operands {
  explicit Operands(std::int64_t tokens) : q(drifting(tokens, 1)), k(drifting(tokens, 2)) {}
  Tensor q, k;
};

Pattern choose(const DynamicCase& shape, const Operands& with) {
  return parse_selector(shape.selector)->select({.queries = with.q.view(), .keys = with.k.view()});
}

BlockPlan plan_of(const DynamicCase& shape, const Pattern& pattern) {
  return plan(pattern,
              {.heads = static_cast<int>(kHeads), .queries = shape.tokens, .keys = shape.tokens});
}

/// A shorter segment must choose the same for its last queries: what they chose is a function of
/// what lies before them, however the work was cut. 1 where it does not, or the plan says else.
double wrong(const DynamicCase& shape, const Operands& with, const Pattern& chosen) {
  const std::int64_t shorter = shape.tokens / 16;
  const Pattern again = parse_selector(shape.selector)
                            ->select({.queries = with.q.view().slice(1, 0, shorter),
                                      .keys = with.k.view().slice(1, 0, shorter)});
  for (std::int64_t head = 0; head < kHeads; ++head) {
    for (std::int64_t q = shorter - 64; q < shorter; q += 7) {
      for (std::int64_t k = 0; k < shorter; k += 5) {
        const int at = static_cast<int>(head);
        if (chosen.attends(at, q, k) != again.attends(at, q, k)) return 1;
      }
    }
  }
  return 0;
}

Measurement measure_choice(const DynamicCase& shape) {
  const Operands with(shape.tokens);
  BlockPlan planned;
  Measurement made;
  made.best = time_of([&] { planned = plan_of(shape, choose(shape, with)); });
  made.items = static_cast<double>(shape.tokens);
  made.unit = "tokens";
  made.error = wrong(shape, with, choose(shape, with));
  return made;
}

/// The largest difference from the reference over the last queries of every head.
double difference(const DynamicCase& shape, const AttentionArgs& args, const Pattern& chosen) {
  constexpr std::int64_t kRows = 3;
  const std::int64_t first = shape.tokens - kRows;
  const BlockPlan some = plan(chosen,
                              {.heads = static_cast<int>(kHeads),
                               .first_query = first,
                               .queries = kRows,
                               .keys = shape.tokens});
  const TensorView queries[] = {args.queries[0].slice(1, first, kRows)};
  const Tensor wanted(DType::kF32, {kHeads, kRows, kDim});
  reference::attention({.plan = &some,
                        .queries = queries,
                        .segments = args.segments,
                        .scale = args.scale,
                        .out = wanted.view()});
  double worst = 0;
  for (std::int64_t head = 0; head < kHeads; ++head) {
    const float* a = args.out.at(0, head).at(0, first).as<float>();
    const float* b = wanted.view().at(0, head).as<float>();
    for (std::int64_t i = 0; i < kRows * kDim; ++i) worst = worse(worst, std::fabs(a[i] - b[i]));
  }
  return worst;
}

Measurement measure_attention(const DynamicCase& shape) {
  const Operands with(shape.tokens);
  const Tensor values = drifting(shape.tokens, 3);
  const Pattern chosen = choose(shape, with);
  const BlockPlan planned = plan_of(shape, chosen);
  const Tensor out(DType::kF32, {kHeads, shape.tokens, kDim});
  const TensorView queries[] = {with.q.view()};
  const KeySegment segments[] = {{with.k.view(), values.view()}};
  const AttentionArgs args = {.plan = &planned,
                              .queries = queries,
                              .segments = segments,
                              .scale = 1 / std::sqrt(static_cast<float>(kDim)),
                              .out = out.view()};
  Measurement made;
  const Stopwatch watch;  // once: it takes seconds
  cpu::attention(args);
  made.best = watch.elapsed();
  made.flop = 4.0 * static_cast<double>(attended_pairs(planned) * kDim);
  if (planned.heads == 1) made.flop *= kHeads;
  made.bytes = 4.0 * sizeof(float) * static_cast<double>(values.view().size());
  made.items = static_cast<double>(shape.tokens);
  made.unit = "tokens";
  made.error = difference(shape, args, chosen);
  made.tolerance = kTolerance;
  return made;
}

}  // namespace

std::vector<Case> dynamic_cases() {
  std::vector<Case> cases;
  for (const DynamicCase& shape : kCases) {
    const std::string name =
        shape.selector + " " + std::to_string(shape.tokens / 1024) + "k x" + std::to_string(kHeads);
    cases.push_back({"choice " + name, [shape] { return measure_choice(shape); }});
    if (shape.attends) {
      cases.push_back({"chosen attention " + name, [shape] { return measure_attention(shape); }});
    }
  }
  return cases;
}

}  // namespace heddle::attention::bench
