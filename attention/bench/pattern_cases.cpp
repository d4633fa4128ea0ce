#include "attention/backend/cpu/attention.h"
#include "attention/backend/reference/attention.h"
#include "attention/bench/measurement.h"
#include "attention/patterns/attended_pairs.h"
#include "attention/patterns/pattern.h"

#include <cmath>
#include <random>
#include <string>

namespace heddle::attention::bench {
namespace {

constexpr double kTolerance = 2e-5;  // fp32 sums over some 8,000 keys of unit variance
constexpr std::int64_t kDim = 64;

struct PatternCase {
  std::string name;
  std::string pattern;
  std::int64_t tokens = 0;
  std::int64_t heads = 1;
};

/// As the gradient's cases are, at two lengths; random blocks are a tenth of all.
std::vector<PatternCase> patterns() {
  return {
      {"dense 4k", "dense()", 4096, 2},
      {"window 1024 64k", "window(1024,causal)", 65536, 8},
      {"BigBird block 64 16k", "window(64) | global(0:64) | random(3,seed=1,of=256)", 16384, 8},
      {"BigBird block 64 64k", "window(64) | global(0:64) | random(3,seed=1,of=1024)", 65536, 8},
      {"random 10% 16k", "random(26,seed=1,of=256)", 16384, 8},
      {"random 10% 64k", "random(102,seed=1,of=1024)", 65536, 1}};
}

Tensor random_tensor(const PatternCase& shape, std::uint64_t seed) {
  Tensor made(DType::kF32, {shape.heads, shape.tokens, kDim});
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < made.view().size(); ++i) made.view().as<float>()[i] = normal(random);
  return made;
}

/// The largest difference from the reference over the middle rows of every head.
double difference(const PatternCase& shape, const Pattern& pattern, const AttentionArgs& args) {
  constexpr std::int64_t kRows = 4;
  const std::int64_t first = shape.tokens / 2 - 2;
  const BlockPlan some =
      plan(pattern, {.first_query = first, .queries = kRows, .keys = shape.tokens});
  const TensorView queries[] = {args.queries[0].slice(1, first, kRows)};
  const Tensor wanted(DType::kF32, {shape.heads, kRows, kDim});
  reference::attention({.plan = &some,
                        .queries = queries,
                        .segments = args.segments,
                        .scale = args.scale,
                        .out = wanted.view()});
  double worst = 0;
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    const float* a = args.out.at(0, head).at(0, first).as<float>();
    const float* b = wanted.view().at(0, head).as<float>();
    for (std::int64_t i = 0; i < kRows * kDim; ++i) worst = worse(worst, std::fabs(a[i] - b[i]));
  }
  return worst;
}

Measurement measure(const PatternCase& shape) {
  const Tensor q = random_tensor(shape, 1);
  const Tensor k = random_tensor(shape, 2);
  const Tensor v = random_tensor(shape, 3);
  const Tensor out(DType::kF32, {shape.heads, shape.tokens, kDim});
  const Pattern pattern = parse_pattern(shape.pattern);
  const BlockPlan planned = plan(pattern, {.queries = shape.tokens, .keys = shape.tokens});
  const TensorView queries[] = {q.view()};
  const KeySegment segments[] = {{k.view(), v.view()}};
  const AttentionArgs args = {.plan = &planned,
                              .queries = queries,
                              .segments = segments,
                              .scale = 1 / std::sqrt(static_cast<float>(kDim)),
                              .out = out.view()};
  Measurement made;
  made.best = time_of([&] { cpu::attention(args); });
  made.flop = 4.0 * static_cast<double>(attended_pairs(planned) * kDim * shape.heads);
  made.bytes = 4.0 * sizeof(float) * static_cast<double>(q.view().size());
  made.items = static_cast<double>(shape.tokens);
  made.unit = "tokens";
  made.error = difference(shape, pattern, args);
  made.tolerance = kTolerance;
  return made;
}

}  // namespace

std::vector<Case> pattern_cases() {
  std::vector<Case> cases;
  for (const PatternCase& shape : patterns()) {
    cases.push_back({"attention " + shape.name + " d64 x" + std::to_string(shape.heads),
                     [shape] { return measure(shape); }});
  }
  return cases;
}

}  // namespace heddle::attention::bench
