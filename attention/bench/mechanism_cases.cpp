#include "attention/bench/mechanism_cases.h"

#include "attention/backend/backend.h"
#include "attention/bench/mechanism_operands.h"
#include "attention/mechanisms/linear_attention.h"
#include "attention/mechanisms/lsh_attention.h"
#include "attention/mechanisms/routing_attention.h"
#include "attention/mechanisms/sinkhorn_attention.h"
#include "attention/patterns/attended_pairs.h"
#include "attention/patterns/pattern.h"

#include <cmath>
#include <functional>

namespace heddle::attention::bench {
namespace {

constexpr std::int64_t kTokens = 16384;
constexpr std::int64_t kShort = 512;
constexpr double kTolerance = 1e-4;  // gradients of up to some hundred keys and queries
constexpr float kScale = 0.125f;

using Run = std::function<void(const Backend&, const MechanismOperands&)>;

/// One mechanism: its call on any number of tokens, and the products of `dim` numbers that a token
/// needs. The reference back end runs the check's other side.
struct Mechanism {
  std::string name;
  double pairs = 0;     // attended by one token: 2 products forward, 5 more with the gradient
  double choosing = 0;  // what choosing whom to attend costs, in products
  double choosing_gradient = 0;  // more products with the gradient
  Run forward;
  Run backward;  // forward and gradient, or none
};

/// 16k tokens: hashing in 4 rounds, chunks of 64.
LshSpec lsh_spec(std::int64_t tokens) {
  return {.rounds = 4, .buckets = static_cast<int>(tokens / 32), .chunk = 64, .causal = false};
}

/// Hashes of the queries: the same for both back ends.
std::vector<std::int32_t> hashes_of(const MechanismOperands& with) {
  const LshSpec spec = lsh_spec(with.tokens);
  const std::int64_t half = spec.buckets / 2;
  const Tensor rotations = normal_rows(kMechanismHeads, spec.rounds * kMechanismDim, half, 9);
  return lsh_buckets(backend("cpu"),
                     spec,
                     with.q.view(),
                     rotations.view().reshape({kMechanismHeads, spec.rounds, kMechanismDim, half}));
}

LshArgs lsh_args(const MechanismOperands& with, const std::vector<std::int32_t>& buckets) {
  return {.spec = lsh_spec(with.tokens),
          .buckets = &buckets,
          .queries = with.q.view(),
          .keys = with.k.view(),
          .values = with.v.view(),
          .scale = kScale,
          .out = with.out.view()};
}

Mechanism lsh() {
  return {.name = "LSH 4 rounds",
          .pairs = 4 * 128,
          .choosing = 4 * 256,  // hashes
          .forward =
              [](const Backend& by, const MechanismOperands& with) {
                const auto buckets = hashes_of(with);
                lsh_attention(by, lsh_args(with, buckets));
              },
          .backward =
              [](const Backend& by, const MechanismOperands& with) {
                const auto buckets = hashes_of(with);
                lsh_attention_gradient(by,
                                       {.forward = lsh_args(with, buckets),
                                        .out_gradient = with.out_gradient.view(),
                                        .query_gradient = with.dq.view(),
                                        .key_gradient = with.dk.view(),
                                        .value_gradient = with.dv.view()});
              }};
}

/// Clusters and windows of about the root of the tokens; centroids are some of the queries.
Mechanism routing() {
  const auto args = [](const MechanismOperands& with) {
    const auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(with.tokens)));
    return RoutingArgs{.window = with.tokens / root,
                       .centroids = with.v.view().slice(1, 0, root),
                       .queries = with.q.view(),
                       .keys = with.k.view(),
                       .values = with.v.view(),
                       .scale = kScale,
                       .out = with.out.view()};
  };
  return {.name = "routing 128 clusters",
          .pairs = 128,
          .choosing = 2 * 128,  // centroids, of a query and of a key
          .forward = [args](const Backend& by,
                            const MechanismOperands& with) { routing_attention(by, args(with)); },
          .backward =
              [args](const Backend& by, const MechanismOperands& with) {
                routing_attention_gradient(by,
                                           {.forward = args(with),
                                            .out_gradient = with.out_gradient.view(),
                                            .query_gradient = with.dq.view(),
                                            .key_gradient = with.dk.view(),
                                            .value_gradient = with.dv.view()});
              }};
}

Mechanism sinkhorn() {
  const auto args = [](const MechanismOperands& with) {
    return SinkhornArgs{.spec = {.bucket = 64},
                        .queries = with.q.view(),
                        .keys = with.k.view(),
                        .values = with.v.view(),
                        .scale = kScale,
                        .out = with.out.view()};
  };
  return {.name = "Sinkhorn buckets of 64",
          .pairs = 128,
          .choosing = 2 * 256,  // mixtures of all buckets' keys and values
          .choosing_gradient = 4 * 256,
          .forward = [args](const Backend& by,
                            const MechanismOperands& with) { sinkhorn_attention(by, args(with)); },
          .backward =
              [args](const Backend& by, const MechanismOperands& with) {
                sinkhorn_attention_gradient(by,
                                            {.forward = args(with),
                                             .out_gradient = with.out_gradient.view(),
                                             .query_gradient = with.dq.view(),
                                             .key_gradient = with.dk.view(),
                                             .value_gradient = with.dv.view()});
              }};
}

void attend_fixed(const Backend& by, const MechanismOperands& with) {
  const BlockPlan planned =
      plan(parse_pattern("fixed(128,8,causal)"), {.queries = with.tokens, .keys = with.tokens});
  const TensorView queries[] = {with.q.view()};
  const KeySegment segments[] = {{with.k.view(), with.v.view()}};
  by.attention({.plan = &planned,
                .queries = queries,
                .segments = segments,
                .scale = kScale,
                .out = with.out.view()});
}

Mechanism fixed() {
  const BlockPlan planned =
      plan(parse_pattern("fixed(128,8,causal)"), {.queries = kTokens, .keys = kTokens});
  return {.name = "fixed(128,8,causal)",
          .pairs = static_cast<double>(attended_pairs(planned)) / kTokens,
          .forward = attend_fixed,
          .backward = nullptr};
}

/// The reference is the definition by pairs: recurrent rules know no back end.
Mechanism linear() {
  const auto args = [](const MechanismOperands& with) {
    return LinearArgs{.queries = with.q.view(),
                      .keys = with.k.view(),
                      .values = with.v.view(),
                      .state = {},
                      .out = with.out.view()};
  };
  return {.name = "linear attention",
          .pairs = kMechanismDim,
          .forward =
              [args](const Backend& by, const MechanismOperands& with) {
                by.name() == "cpu" ? linear_attention(args(with))
                                   : linear_attention_by_pairs(args(with));
              },
          .backward = nullptr};
}

Mechanism delta() {
  const auto run = [](const Backend& by, const MechanismOperands& with) {
    const Tensor decay(DType::kF32, {kMechanismHeads, with.tokens});
    const Tensor rate(DType::kF32, {kMechanismHeads, with.tokens});
    const Tensor keys(DType::kF32, {kMechanismHeads, with.tokens, kMechanismDim});
    backend("cpu").l2_normalize(
        with.k.view().reshape({kMechanismHeads * with.tokens, kMechanismDim}),
        1e-6f,
        keys.view().reshape({kMechanismHeads * with.tokens, kMechanismDim}));
    std::fill_n(decay.view().as<float>(), decay.view().size(), 0.98f);
    std::fill_n(rate.view().as<float>(), rate.view().size(), 0.5f);
    const DeltaRuleArgs args = {.queries = with.q.view(),
                                .keys = keys.view(),
                                .values = with.v.view(),
                                .decay = decay.view(),
                                .rate = rate.view(),
                                .state = {},
                                .out = with.out.view()};
    by.name() == "cpu" ? delta_rule(args) : delta_rule_by_pairs(args);
  };
  return {.name = "gated delta rule",
          .pairs = 1.5 * kMechanismDim,  // S k, S += u k^T, S q
          .forward = run,
          .backward = nullptr};
}

Measurement measure(const Run& run, double products) {
  const MechanismOperands with(kTokens);
  Measurement made;
  made.best = time_of([&] { run(backend("cpu"), with); });
  made.flop = 2 * products * kTokens * kMechanismDim * kMechanismHeads;
  made.items = kTokens;
  made.unit = "tokens";
  const MechanismOperands ours(kShort);
  const MechanismOperands judged(kShort);
  run(backend("cpu"), ours);
  run(backend("reference"), judged);
  made.error = difference(ours, judged);
  made.tolerance = kTolerance;
  return made;
}

}  // namespace

std::vector<Case> mechanism_cases() {
  std::vector<Case> cases;
  for (const Mechanism& one : {lsh(), routing(), sinkhorn(), fixed(), linear(), delta()}) {
    const std::string shape = one.name + " 16k d64 x" + std::to_string(kMechanismHeads);
    const double forward = 2 * one.pairs + one.choosing;
    cases.push_back(
        {"mechanism " + shape, [one, forward] { return measure(one.forward, forward); }});
    if (!one.backward) continue;
    const double both = forward + 5 * one.pairs + one.choosing_gradient;
    cases.push_back({"mechanism forward and gradient " + shape,
                     [one, both] { return measure(one.backward, both); }});
  }
  return cases;
}

}  // namespace heddle::attention::bench
