#include "attention/backend/backend.h"
#include "attention/bench/measurement.h"
#include "attention/mechanisms/lsh_attention.h"
#include "attention/model/layers/fused_qkv.h"
#include "attention/patterns/attended_pairs.h"
#include "attention/patterns/pattern.h"

#include <tbb/parallel_for.h>

#include <cmath>
#include <random>
#include <string>

namespace heddle::attention::bench {
namespace {

constexpr double kTolerance = 2e-5;
constexpr std::int64_t kHeads = 12;
constexpr std::int64_t kDim = 64;
constexpr std::int64_t kHidden = kHeads * kDim;
constexpr std::int64_t kReformerRounds = 4;
constexpr std::int64_t kReformerChunk = 64;

struct LayerCase {
  std::string name;
  std::int64_t tokens = 0;
  std::string pattern;  // empty: Reformer's hashing
};

std::vector<LayerCase> layers() {
  std::vector<LayerCase> all;
  for (const std::int64_t tokens : {4096, 16384}) {
    const std::string last = std::to_string(tokens - 64);
    const std::string blocks = std::to_string(tokens / 64);
    all.push_back({"BigBird",
                   tokens,
                   "window(96) | global(0:64) | global(" + last +
                       ":64) | random(3,seed=1,of=" + blocks + ")"});
    all.push_back({"Longformer", tokens, "window(256) | global(0:1)"});
    all.push_back({"Reformer", tokens, ""});
  }
  return all;
}

Tensor random_rows(std::int64_t rows, std::int64_t columns, double size, std::uint64_t seed) {
  Tensor made(DType::kF32, {rows, columns});
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, static_cast<float>(size));
  for (std::int64_t i = 0; i < rows * columns; ++i) made.view().as<float>()[i] = normal(random);
  return made;
}

/// A linear map with weights of its own, and room for its result.
class Product {
 public:
  Product(std::int64_t in, std::int64_t out, std::int64_t tokens, std::uint64_t seed)
      : weight_(random_rows(out, in, 1 / std::sqrt(static_cast<double>(in)), seed)),
        dense_(backend("cpu").linear({.weight = weight_.view()})),
        out_(DType::kF32, {tokens, out}) {}

  const TensorView& run(const TensorView& in) {
    if (scratch_.empty()) {
      scratch_ = Tensor(DType::kU8, {static_cast<std::int64_t>(dense_->scratch_bytes(in)) + 1});
    }
    dense_->run(in, out_.view(), scratch_.view(), false);
    return out_.view();
  }
  double flop() const {
    return 2.0 * static_cast<double>(weight_.view().size() * out_.view().shape[0]);
  }

 private:
  Tensor weight_;
  std::unique_ptr<Dense> dense_;
  Tensor out_;
  Tensor scratch_;
};

/// Projections, attention of 12 heads of 64 over a pattern, and the projection out of it.
class PatternLayer {
 public:
  explicit PatternLayer(const LayerCase& shape)
      : x_(random_rows(shape.tokens, kHidden, 1, 1)),
        fuse_(kHidden, 3 * kHidden, shape.tokens, 2),
        join_(kHidden, kHidden, shape.tokens, 3),
        pattern_(parse_pattern(shape.pattern)),
        plan_(plan(pattern_, {.heads = kHeads, .queries = shape.tokens, .keys = shape.tokens})),
        mixed_(DType::kF32, {shape.tokens, kHidden}) {}

  void run() {
    fused_ = fuse_.run(x_.view());
    attend(backend("cpu"), plan_, 0, fused_.shape[0], mixed_.view());
    join_.run(mixed_.view());
  }
  double flop() const {
    const double heads = plan_.heads == 1 ? kHeads : 1;
    return fuse_.flop() + join_.flop() +
           4.0 * heads * static_cast<double>(attended_pairs(plan_) * kDim);
  }
  /// The largest difference of the attention from the reference's over the last rows.
  double difference() const {
    constexpr std::int64_t kRows = 3;
    const std::int64_t first = fused_.shape[0] - kRows;
    const BlockPlan some =
        plan(pattern_,
             {.heads = kHeads, .first_query = first, .queries = kRows, .keys = fused_.shape[0]});
    const Tensor wanted(DType::kF32, {kRows, kHidden});
    attend(backend("reference"), some, first, kRows, wanted.view());
    double worst = 0;
    const float* got = mixed_.view().at(0, first).as<float>();
    for (std::int64_t i = 0; i < kRows * kHidden; ++i) {
      worst = worse(worst, std::fabs(got[i] - wanted.view().as<float>()[i]));
    }
    return worst;
  }

 private:
  void attend(const Backend& by,
              const BlockPlan& planned,
              std::int64_t first,
              std::int64_t rows,
              const TensorView& out) const {
    const FusedQkv fused{kHeads, kHeads};
    const TensorView queries[] = {fused.queries(fused_).slice(1, first, rows)};
    const KeySegment segments[] = {{fused.keys(fused_), fused.values(fused_)}};
    by.attention({.plan = &planned,
                  .queries = queries,
                  .segments = segments,
                  .scale = 1 / std::sqrt(static_cast<float>(kDim)),
                  .out = as_heads(out, 0, kHeads, kDim)});
  }

  Tensor x_;
  Product fuse_;
  Product join_;
  Pattern pattern_;
  BlockPlan plan_;
  Tensor mixed_;
  TensorView fused_;
};

/// Reformer's layer: queries are keys, made of length 1; buckets by random rotations, anew each
/// run.
class ReformerLayer {
 public:
  explicit ReformerLayer(std::int64_t tokens)
      : x_(random_rows(tokens, kHidden, 1, 1)),
        fuse_(kHidden, 2 * kHidden, tokens, 2),
        join_(kHidden, kHidden, tokens, 3),
        spec_{.rounds = kReformerRounds,
              .buckets = static_cast<int>(2 * tokens / kReformerChunk),
              .chunk = kReformerChunk,
              .causal = false},
        rotations_(random_rows(kHeads * kReformerRounds * kDim, spec_.buckets / 2, 1, 4)),
        keys_(DType::kF32, {kHeads, tokens, kDim}),
        mixed_(DType::kF32, {tokens, kHidden}) {}

  void run(const Backend& by = backend("cpu")) {
    const TensorView fused = fuse_.run(x_.view());
    const TensorView queries = as_heads(fused, 0, kHeads, kDim);
    normalise(queries);
    const TensorView rotations =
        rotations_.view().reshape({kHeads, kReformerRounds, kDim, spec_.buckets / 2});
    const std::vector<std::int32_t> buckets =
        lsh_buckets(backend("cpu"), spec_, queries, rotations);
    lsh_attention(by,
                  {.spec = spec_,
                   .buckets = &buckets,
                   .queries = queries,
                   .keys = keys_.view(),
                   .values = as_heads(fused, kHidden, kHeads, kDim),
                   .scale = 1 / std::sqrt(static_cast<float>(kDim)),
                   .out = as_heads(mixed_.view(), 0, kHeads, kDim)});
    join_.run(mixed_.view());
  }
  double flop() const {
    const double keys = kReformerRounds * 2.0 * kReformerChunk;  // of one query
    return fuse_.flop() + join_.flop() +
           4.0 * kDim * kHeads * keys * static_cast<double>(x_.view().shape[0]);
  }
  const TensorView& mixed() const { return mixed_.view(); }

 private:
  void normalise(const TensorView& queries) const {
    tbb::parallel_for(std::int64_t{0}, kHeads, [&](std::int64_t head) {
      for (std::int64_t row = 0; row < queries.shape[1]; ++row) {
        const float* from = queries.at(0, head).at(0, row).as<float>();
        float* to = keys_.view().at(0, head).at(0, row).as<float>();
        float square = 0;
        for (std::int64_t i = 0; i < kDim; ++i) square += from[i] * from[i];
        const float inverse = 1 / std::sqrt(square + 1e-6f);
        for (std::int64_t i = 0; i < kDim; ++i) to[i] = from[i] * inverse;
      }
    });
  }

  Tensor x_;
  Product fuse_;
  Product join_;
  LshSpec spec_;
  Tensor rotations_;
  Tensor keys_;
  Tensor mixed_;
};

Measurement measured(double flop, std::int64_t tokens) {
  Measurement made;
  made.flop = flop;
  made.items = static_cast<double>(tokens);
  made.unit = "tokens";
  made.tolerance = kTolerance;
  return made;
}

Measurement measure_pattern(const LayerCase& shape) {
  PatternLayer layer(shape);
  Measurement made = measured(layer.flop(), shape.tokens);
  made.best = time_of([&] { layer.run(); });
  made.error = layer.difference();
  return made;
}

/// Checked on a short sequence, run by both back ends: a row's keys are not known beforehand.
Measurement measure_reformer(const LayerCase& shape) {
  ReformerLayer layer(shape.tokens);
  Measurement made = measured(layer.flop(), shape.tokens);
  made.best = time_of([&] { layer.run(); });
  constexpr std::int64_t kShort = 512;
  ReformerLayer ours(kShort);
  ReformerLayer judge(kShort);
  ours.run();
  judge.run(backend("reference"));
  for (std::int64_t i = 0; i < kShort * kHidden; ++i) {
    made.error =
        worse(made.error, std::fabs(ours.mixed().as<float>()[i] - judge.mixed().as<float>()[i]));
  }
  return made;
}

}  // namespace

std::vector<Case> layer_cases() {
  std::vector<Case> cases;
  for (const LayerCase& shape : layers()) {
    cases.push_back(
        {"layer " + shape.name + " " + std::to_string(shape.tokens / 1024) + "k d768", [shape] {
           return shape.pattern.empty() ? measure_reformer(shape) : measure_pattern(shape);
         }});
  }
  return cases;
}

}  // namespace heddle::attention::bench
