#include "attention/backend/cpu/attention.h"
#include "attention/backend/cpu/attention_gradient.h"
#include "attention/backend/reference/attention_gradient.h"
#include "attention/bench/measurement.h"
#include "attention/patterns/attended_pairs.h"
#include "attention/patterns/pattern.h"

#include <cmath>
#include <random>
#include <string>

namespace heddle::attention::bench {
namespace {

constexpr double kTolerance = 2e-4;  // fp32 sums over up to 16,384 keys or queries
constexpr std::int64_t kSome = 5;    // rows and keys that are checked, at three places

struct GradientCase {
  std::string name;
  std::string pattern;
  std::int64_t tokens = 16384;
  std::int64_t heads = 8;
  std::int64_t dim = 64;
};

const GradientCase kCases[] = {
    {"window 1024 16k d64", "window(1024,causal)"},
    {"window 1024 16k d128", "window(1024,causal)", 16384, 4, 128},
    {"BigBird block 64 16k d64", "window(64) | global(0:64) | random(3,seed=1,of=256)"},
    {"random 10% 16k d64", "random(26,seed=1,of=256)"},
    {"dilated 256 by 4 16k d64", "dilated(256,4)"},
    {"strided 128 16k d64", "strided(128)"},
};

/// Everything of one call, forward and backward.
struct Call {
  Tensor q, k, v, out, out_gradient;  // (heads, tokens, dim)
  Tensor log_sum_exp;                 // (heads, tokens)
  Tensor dq, dk, dv;
  float scale;

  explicit Call(const GradientCase& shape) : scale(1 / std::sqrt(static_cast<float>(shape.dim))) {
    std::mt19937_64 random(1);
    std::normal_distribution<float> normal;
    for (Tensor* made : {&q, &k, &v, &out_gradient, &out, &dq, &dk, &dv}) {
      *made = Tensor(DType::kF32, {shape.heads, shape.tokens, shape.dim});
      if (made == &out || made == &dq || made == &dk || made == &dv) continue;
      for (std::int64_t i = 0; i < made->view().size(); ++i) {
        made->view().as<float>()[i] = normal(random);
      }
    }
    log_sum_exp = Tensor(DType::kF32, {shape.heads, shape.tokens});
  }
};

/// Queries [first, first + count) of a call against keys [key, key + keys), by `gradient`.
struct Part {
  std::int64_t first = 0;
  std::int64_t queries = 0;
  std::int64_t key = 0;
  std::int64_t keys = 0;
};

struct PartGradients {
  Tensor dq, dk, dv;
};

PartGradients judge(const GradientCase& shape, const Call& call, const Part& part) {
  const BlockPlan planned = plan(parse_pattern(shape.pattern),
                                 {1, part.first, part.queries, part.key, part.keys, 64, 64});
  PartGradients made = {.dq = Tensor(DType::kF32, {shape.heads, part.queries, shape.dim}),
                        .dk = Tensor(DType::kF32, {shape.heads, part.keys, shape.dim}),
                        .dv = Tensor(DType::kF32, {shape.heads, part.keys, shape.dim})};
  const auto rows = [&](const Tensor& of) { return of.view().slice(1, part.first, part.queries); };
  const TensorView queries[] = {rows(call.q)};
  const KeySegment segments[] = {
      {call.k.view().slice(1, part.key, part.keys), call.v.view().slice(1, part.key, part.keys)}};
  const TensorView query_gradients[] = {made.dq.view()};
  const KeySegmentGradient segment_gradients[] = {{made.dk.view(), made.dv.view()}};
  reference::attention_gradient({.plan = &planned,
                                 .queries = queries,
                                 .segments = segments,
                                 .scale = call.scale,
                                 .out = rows(call.out),
                                 .log_sum_exp = rows(call.log_sum_exp),
                                 .out_gradient = rows(call.out_gradient),
                                 .query_gradients = query_gradients,
                                 .segment_gradients = segment_gradients});
  return made;
}

double difference(const Tensor& all, std::int64_t first, const Tensor& some) {
  double worst = 0;
  const TensorView& wanted = some.view();
  for (std::int64_t head = 0; head < wanted.shape[0]; ++head) {
    const float* a = all.view().at(0, head).at(0, first).as<float>();
    const float* b = wanted.at(0, head).as<float>();
    for (std::int64_t i = 0; i < wanted.shape[1] * wanted.shape[2]; ++i) {
      worst = worse(worst, std::fabs(a[i] - b[i]));
    }
  }
  return worst;
}

/// The judge takes the forward's log_sum_exp as it is, so it can be asked about a few keys alone.
double difference(const GradientCase& shape, const Call& call) {
  double worst = 0;
  for (const std::int64_t at : {std::int64_t{0}, shape.tokens / 2 - 2, shape.tokens - kSome}) {
    const PartGradients rows = judge(shape, call, {at, kSome, 0, shape.tokens});
    worst = worse(worst, difference(call.dq, at, rows.dq));
    const PartGradients keys = judge(shape, call, {0, shape.tokens, at, kSome});
    worst = worse(worst, difference(call.dk, at, keys.dk));
    worst = worse(worst, difference(call.dv, at, keys.dv));
  }
  return worst;
}

Measurement measure_gradient(const GradientCase& shape) {
  const Call call(shape);
  const BlockPlan planned =
      plan(parse_pattern(shape.pattern), {1, 0, shape.tokens, 0, shape.tokens, 64, 64});
  const TensorView queries[] = {call.q.view()};
  const KeySegment segments[] = {{call.k.view(), call.v.view()}};
  cpu::attention({.plan = &planned,
                  .queries = queries,
                  .segments = segments,
                  .scale = call.scale,
                  .out = call.out.view(),
                  .log_sum_exp = call.log_sum_exp.view()});
  const TensorView query_gradients[] = {call.dq.view()};
  const KeySegmentGradient segment_gradients[] = {{call.dk.view(), call.dv.view()}};
  const AttentionGradientArgs args = {.plan = &planned,
                                      .queries = queries,
                                      .segments = segments,
                                      .scale = call.scale,
                                      .out = call.out.view(),
                                      .log_sum_exp = call.log_sum_exp.view(),
                                      .out_gradient = call.out_gradient.view(),
                                      .query_gradients = query_gradients,
                                      .segment_gradients = segment_gradients};
  Measurement made;
  made.best = time_of([&] { cpu::attention_gradient(args); });
  // Five products of a pair: logits, dO.v, dq, dk, dv.
  made.flop = 10.0 * static_cast<double>(attended_pairs(planned) * shape.dim * shape.heads);
  made.items = static_cast<double>(shape.tokens);
  made.unit = "tokens";
  made.error = difference(shape, call);
  made.tolerance = kTolerance;
  return made;
}

}  // namespace

std::vector<Case> gradient_cases() {
  std::vector<Case> cases;
  for (const GradientCase& shape : kCases) {
    cases.push_back({"gradient " + shape.name + " x" + std::to_string(shape.heads),
                     [shape] { return measure_gradient(shape); }});
  }
  return cases;
}

}  // namespace heddle::attention::bench
