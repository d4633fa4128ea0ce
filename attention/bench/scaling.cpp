#include "attention/bench/scaling.h"

#include "attention/backend/backend.h"
#include "attention/bench/measurement.h"
#include "attention/bench/token_order.h"
#include "attention/patterns/pattern.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace heddle::attention::bench {
namespace {

constexpr std::int64_t kDim = 64;

struct Operands {
  Tensor tokens;  // (tokens, dim): queries and keys
  Tensor values;  // (tokens, dim)
  Tensor out;     // (tokens, dim)
};

Operands operands_of(std::int64_t tokens) {
  Operands made{
      {DType::kF32, {tokens, kDim}}, {DType::kF32, {tokens, kDim}}, {DType::kF32, {tokens, kDim}}};
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(-1.7f, 1.7f);
  for (std::int64_t i = 0; i < tokens * kDim; ++i) {
    made.tokens.view().as<float>()[i] = uniform(random);
    made.values.view().as<float>()[i] = uniform(random);
  }
  return made;
}

TensorView one_head(const TensorView& rows) {
  return view_of(rows.as<float>(), {1, rows.shape[0], rows.shape[1]});
}

/// What a mechanism chose: a plan, over the tokens in another order where it is not empty.
struct Choice {
  std::vector<std::int64_t> order;
  BlockPlan plan;
};
using Choose = std::function<Choice(const TensorView& tokens)>;

void gather(const TensorView& from, const std::vector<std::int64_t>& order, const TensorView& to) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::memcpy(to.as<float>() + static_cast<std::int64_t>(i) * kDim,
                from.as<float>() + order[i] * kDim,
                kDim * sizeof(float));
  }
}

void scatter(const TensorView& from, const std::vector<std::int64_t>& order, const TensorView& to) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::memcpy(to.as<float>() + order[i] * kDim,
                from.as<float>() + static_cast<std::int64_t>(i) * kDim,
                kDim * sizeof(float));
  }
}

void attend(const Backend& on, const BlockPlan& plan, const Operands& x, const TensorView& out) {
  const TensorView queries = one_head(x.tokens.view()).slice(1, plan.first_query, plan.queries);
  const KeySegment segment{one_head(x.tokens.view()), one_head(x.values.view())};
  on.attention({&plan, {&queries, 1}, {&segment, 1}, 0.125f, out, {}});
}

/// The rows of one query block as a plan of their own.
BlockPlan block_of(const BlockPlan& whole, std::int64_t block) {
  BlockPlan part{.query_block = whole.query_block, .key_block = whole.key_block};
  part.first_query = block * whole.query_block;
  part.queries = std::min<std::int64_t>(whole.query_block, whole.queries - part.first_query);
  const auto begin = whole.runs.begin() + whole.row_begin[static_cast<std::size_t>(block)];
  const auto end = whole.runs.begin() + whole.row_begin[static_cast<std::size_t>(block) + 1];
  part.runs.assign(begin, end);
  part.bits = whole.bits;
  part.row_begin = {0, static_cast<std::int64_t>(part.runs.size())};
  build_work_list(part);
  return part;
}

/// The largest difference from the reference over the first, a middle and the last block of
/// queries.
double difference(const BlockPlan& plan, const Operands& x) {
  double worst = 0;
  const std::int64_t blocks = plan.query_blocks();
  for (const std::int64_t block : {std::int64_t{0}, blocks / 2, blocks - 1}) {
    const BlockPlan part = block_of(plan, block);
    const Tensor wanted(DType::kF32, {1, part.queries, kDim});
    attend(backend("reference"), part, x, wanted.view());
    const float* got = x.out.view().at(0, part.first_query).as<float>();
    for (std::int64_t i = 0; i < part.queries * kDim; ++i) {
      worst = worse(worst, std::fabs(got[i] - wanted.view().as<float>()[i]));
    }
  }
  return worst;
}

/// One whole call; `ordered` is room for the operands in another order.
Choice call(const Choose& choose, const Operands& x, const Operands& ordered) {
  Choice choice = choose(x.tokens.view());
  if (choice.order.empty()) {
    attend(backend("cpu"), choice.plan, x, one_head(x.out.view()));
    return choice;
  }
  gather(x.tokens.view(), choice.order, ordered.tokens.view());
  gather(x.values.view(), choice.order, ordered.values.view());
  attend(backend("cpu"), choice.plan, ordered, one_head(ordered.out.view()));
  scatter(ordered.out.view(), choice.order, x.out.view());
  return choice;
}

ScalingPoint measure(const Choose& choose, std::int64_t tokens) {
  const Operands x = operands_of(tokens);
  const Operands ordered = operands_of(tokens);
  constexpr double kNever = std::numeric_limits<double>::infinity();
  ScalingPoint point{.tokens = tokens, .seconds = kNever, .processor = kNever};
  double spent = 0;
  Choice choice;
  for (int run = 0; run < 20 && (run < 2 || spent < 0.4); ++run) {
    const Stopwatch watch;
    choice = call(choose, x, ordered);
    const Time took = watch.elapsed();
    point.seconds = std::min(point.seconds, took.wall);
    point.processor = std::min(point.processor, took.processor);
    spent += took.wall;
  }
  point.error = difference(choice.plan, choice.order.empty() ? x : ordered);
  return point;
}

Choose pattern_of(const std::string& text) {
  return [pattern = parse_pattern(text)](const TensorView& tokens) {
    const std::int64_t n = tokens.shape[0];
    return Choice{{}, plan(pattern, {1, 0, n, 0, n, 64, 64})};
  };
}

/// sqrt(N) in whole key blocks.
std::int64_t root_of(std::int64_t tokens) {
  const auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(tokens)));
  return (root + 63) / 64 * 64;
}

Choice by_cluster(const TensorView& tokens) {
  const std::int64_t n = tokens.shape[0];
  return {order_by_cluster(tokens, root_of(n)),
          plan(block_local(root_of(n)), {1, 0, n, 0, n, 64, 64})};
}

/// Chunks of 64 in the order of hashes attend themselves and the chunk before.
Choice by_hash(const TensorView& tokens) {
  const std::int64_t n = tokens.shape[0];
  BlockPlan chunks{.queries = n};
  for (std::int64_t chunk = 0; chunk < chunks.query_blocks(); ++chunk) {
    const std::int64_t first = std::max<std::int64_t>(0, chunk - 1) * 64;
    const std::int64_t end = std::min(n, (chunk + 1) * 64);
    chunks.row_begin.push_back(chunk);
    chunks.runs.push_back({.first_slot = first,
                           .first_key = first,
                           .count = (end - first + 63) / 64,
                           .keys = end - first});
  }
  chunks.row_begin.push_back(chunks.query_blocks());
  build_work_list(chunks);
  return {order_by_hash(tokens), std::move(chunks)};
}

}  // namespace

std::vector<ScalingCase> scaling_cases() {
  const auto of = [](const char* name, const char* law, Choose choose) {
    return ScalingCase{
        name, law, [choose = std::move(choose)](std::int64_t n) { return measure(choose, n); }};
  };
  return {of("dense", "N^2", pattern_of("dense()")),
          of("routing, sqrt(N) clusters", "N sqrt(N)", by_cluster),
          of("LSH, chunks of 64", "N log N", by_hash),
          of("top-8 blocks, coarse to fine",
             "N log N",
             [](const TensorView& tokens) {
               return Choice{{}, plan_coarse_to_fine(tokens, 8)};
             }),
          of("BigBird", "N", pattern_of("window(96) | global(0:64) | random(3,seed=1)")),
          of("window 256", "N", pattern_of("window(256,causal)"))};
}

std::vector<ScalingPoint> measure_scaling(const ScalingCase& one,
                                          std::int64_t most,
                                          double most_seconds) {
  std::vector<ScalingPoint> points;
  for (std::int64_t tokens = 1024; tokens <= most; tokens *= 2) {
    points.push_back(one.measure(tokens));
    if (points.back().seconds > most_seconds) break;
  }
  return points;
}

double fitted_exponent(std::span<const ScalingPoint> points) {
  if (points.size() > 4) points = points.last(4);
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  for (const ScalingPoint& point : points) {
    const double a = std::log(static_cast<double>(point.tokens));
    const double b = std::log(point.processor);
    x += a;
    y += b;
    xx += a * a;
    xy += a * b;
  }
  const auto n = static_cast<double>(points.size());
  return (n * xy - x * y) / (n * xx - x * x);
}

}  // namespace heddle::attention::bench
