#include "attention/mechanisms/sinkhorn_attention.h"

#include "attention/mechanisms/head_rows.h"
#include "attention/mechanisms/row_products.h"
#include "attention/mechanisms/token_loop.h"
#include "attention/patterns/pattern.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

namespace heddle::attention {
namespace {

constexpr double kFloor = 1e-6;

void check(const SinkhornArgs& args) {
  const SinkhornSpec& spec = args.spec;
  if (args.queries.rank != 3 || args.values.rank != 3 || spec.bucket < 1 || spec.iterations < 0 ||
      !(spec.temperature > 0) || args.queries.shape[1] % spec.bucket != 0) {
    throw std::invalid_argument("sinkhorn: queries are " + describe(args.queries) +
                                " in buckets of " + std::to_string(spec.bucket) +
                                "; pass (heads, tokens, dim), tokens a multiple of the bucket, and "
                                "a positive temperature");
  }
  const auto& shape = args.queries.shape;
  require_rows("sinkhorn: queries", args.queries, shape[0], shape[1], shape[2]);
  require_rows("sinkhorn: keys", args.keys, shape[0], shape[1], shape[2]);
  require_rows("sinkhorn: values", args.values, shape[0], shape[1], -1);
  require_rows("sinkhorn: out", args.out, shape[0], shape[1], args.values.shape[2]);
  const std::int64_t buckets = shape[1] / spec.bucket;
  if (!args.noise.empty()) {
    require_rows("sinkhorn: noise", args.noise, shape[0], buckets, buckets);
  }
}

/// A square matrix of buckets.
struct Square {
  std::int64_t n = 0;
  std::vector<double> cells;

  explicit Square(std::int64_t size) : n(size), cells(static_cast<std::size_t>(size * size)) {}
  double& at(std::int64_t i, std::int64_t j) { return cells[static_cast<std::size_t>(i * n + j)]; }
  double at(std::int64_t i, std::int64_t j) const {
    return cells[static_cast<std::size_t>(i * n + j)];
  }
};

/// Place `place` of line `line`, a row or a column.
double& cell_of(Square& square, bool rows, std::int64_t line, std::int64_t place) {
  return rows ? square.at(line, place) : square.at(place, line);
}

/// Subtracts each line's log-sum-exp.
void normalise(Square& logs, bool rows) {
  for (std::int64_t line = 0; line < logs.n; ++line) {
    double max = -HUGE_VAL;
    for (std::int64_t i = 0; i < logs.n; ++i) max = std::max(max, cell_of(logs, rows, line, i));
    double sum = 0;
    for (std::int64_t i = 0; i < logs.n; ++i) sum += std::exp(cell_of(logs, rows, line, i) - max);
    for (std::int64_t i = 0; i < logs.n; ++i) cell_of(logs, rows, line, i) -= max + std::log(sum);
  }
}

/// The gradient before normalise() from the one after, of which e^after is the lines' softmax.
void differentiate(Square& after, Square& gradient, bool rows) {
  for (std::int64_t line = 0; line < after.n; ++line) {
    double sum = 0;
    for (std::int64_t i = 0; i < after.n; ++i) sum += cell_of(gradient, rows, line, i);
    for (std::int64_t i = 0; i < after.n; ++i) {
      cell_of(gradient, rows, line, i) -= std::exp(cell_of(after, rows, line, i)) * sum;
    }
  }
}

/// One head's sorting matrix and what its gradient needs.
class Sorting {
 public:
  Sorting(const SinkhornArgs& args, std::int64_t head)
      : args_(args),
        head_(head),
        buckets_(args.queries.shape[1] / args.spec.bucket),
        queries_(means(args.queries)),
        keys_(means(args.keys)),
        products_(buckets_) {
    const std::int64_t dim = args.queries.shape[2];
    Square logs(buckets_);
    for (std::int64_t i = 0; i < buckets_; ++i) {
      for (std::int64_t j = 0; j < buckets_; ++j) {
        double sum = 0;
        for (std::int64_t c = 0; c < dim; ++c) sum += mean(queries_, i, c) * mean(keys_, j, c);
        products_.at(i, j) = sum / std::sqrt(static_cast<double>(dim));
        const double noise = args.noise.empty() ? 0 : row_at(args.noise, head, i)[j];
        logs.at(i, j) =
            (std::log(std::max(products_.at(i, j), 0.0) + kFloor) + noise) / args.spec.temperature;
      }
    }
    steps_.push_back(logs);
    for (int step = 0; step < 2 * args.spec.iterations; ++step) {
      normalise(logs, step % 2 == 0);
      steps_.push_back(logs);
    }
  }

  std::int64_t buckets() const { return buckets_; }
  double weight(std::int64_t i, std::int64_t j) const { return std::exp(steps_.back().at(i, j)); }

  /// to's bucket i = sum over j of R[i][j] from's bucket j.
  void mix(const Backend& backend, const TensorView& from, const TensorView& to) const {
    const Tensor buckets = bucket_columns(from);
    const Tensor mixed = row_products(backend, weights(false).view(), buckets.view());
    copy(as_tokens(mixed, from), to.at(0, head_));
  }

  /// `gradient` of what mix() made of `from`: `sums` gains dfrom, `weights` gains dR.
  void unmix(const Backend& backend,
             const TensorView& gradient,
             const TensorView& from,
             const TensorView& sums,
             Square& weight_gradient) const {
    const Tensor columns = bucket_columns(gradient);
    const Tensor added = row_products(backend, weights(true).view(), columns.view());
    const TensorView rows = as_tokens(added, from);
    for (std::int64_t token = 0; token < rows.shape[0]; ++token) {
      add_scaled(row_at(sums, head_, token), 1, rows.at(0, token).as<float>(), rows.shape[1]);
    }
    const Tensor asked = compact(gradient.at(0, head_));
    const Tensor given = compact(from.at(0, head_));
    const std::int64_t width = args_.spec.bucket * from.shape[2];
    const Tensor slopes = row_products(
        backend, asked.view().reshape({buckets_, width}), given.view().reshape({buckets_, width}));
    for (std::int64_t i = 0; i < buckets_ * buckets_; ++i) {
      weight_gradient.cells[static_cast<std::size_t>(i)] += slopes.view().as<float>()[i];
    }
  }

  /// From dR to what queries and keys gain through their means.
  void add_gradients(Square weights, const TensorView& queries, const TensorView& keys) {
    for (std::int64_t i = 0; i < buckets_; ++i) {
      for (std::int64_t j = 0; j < buckets_; ++j) weights.at(i, j) *= weight(i, j);
    }
    for (std::size_t step = steps_.size() - 1; step > 0; --step) {
      differentiate(steps_[step], weights, step % 2 == 1);
    }
    const std::int64_t dim = args_.queries.shape[2];
    const double scale = 1 / std::sqrt(static_cast<double>(dim)) / args_.spec.temperature /
                         static_cast<double>(args_.spec.bucket);
    Square slopes(buckets_);
    for (std::int64_t i = 0; i < buckets_; ++i) {
      for (std::int64_t j = 0; j < buckets_; ++j) {
        if (products_.at(i, j) <= 0) continue;
        slopes.at(i, j) = weights.at(i, j) / (products_.at(i, j) + kFloor) * scale;
      }
    }
    add_to_buckets(queries, keys_, [&](std::int64_t i, std::int64_t j) { return slopes.at(i, j); });
    add_to_buckets(keys, queries_, [&](std::int64_t i, std::int64_t j) { return slopes.at(j, i); });
  }

 private:
  /// Every row of bucket i gains the sum over j of slope(i, j) times mean j.
  template <class Slope>
  void add_to_buckets(const TensorView& to,
                      const std::vector<double>& other_means,
                      const Slope& slope) const {
    const std::int64_t dim = to.shape[2];
    std::vector<double> sum(static_cast<std::size_t>(dim));
    for (std::int64_t i = 0; i < buckets_; ++i) {
      std::ranges::fill(sum, 0);
      for (std::int64_t j = 0; j < buckets_; ++j) {
        const double factor = slope(i, j);
        for (std::int64_t c = 0; c < dim; ++c) {
          sum[static_cast<std::size_t>(c)] += factor * mean(other_means, j, c);
        }
      }
      for (std::int64_t row = 0; row < args_.spec.bucket; ++row) {
        float* gained = row_at(to, head_, i * args_.spec.bucket + row);
        for (std::int64_t c = 0; c < dim; ++c) {
          gained[c] += static_cast<float>(sum[static_cast<std::size_t>(c)]);
        }
      }
    }
  }

  /// R, or R turned over, in f32.
  Tensor weights(bool turned) const {
    Tensor made(DType::kF32, {buckets_, buckets_});
    float* to = made.view().as<float>();
    for (std::int64_t i = 0; i < buckets_; ++i) {
      for (std::int64_t j = 0; j < buckets_; ++j) {
        to[i * buckets_ + j] = static_cast<float>(turned ? weight(j, i) : weight(i, j));
      }
    }
    return made;
  }

  /// (bucket * dim, buckets): a head's rows, a bucket a column.
  Tensor bucket_columns(const TensorView& rows) const {
    const Tensor all = compact(rows.at(0, head_));
    const std::int64_t width = args_.spec.bucket * rows.shape[2];
    Tensor made(DType::kF32, {width, buckets_});
    turn_over(all.view().reshape({buckets_, width}), made.view());
    return made;
  }
  /// (tokens, dim) of what lies as (buckets, bucket * dim).
  static TensorView as_tokens(const Tensor& buckets, const TensorView& like) {
    return buckets.view().reshape({like.shape[1], like.shape[2]});
  }

  std::vector<double> means(const TensorView& rows) const {
    const std::int64_t dim = rows.shape[2];
    std::vector<double> made(static_cast<std::size_t>(buckets_ * dim));
    for (std::int64_t token = 0; token < rows.shape[1]; ++token) {
      const float* row = row_at(rows, head_, token);
      for (std::int64_t c = 0; c < dim; ++c) {
        made[static_cast<std::size_t>(token / args_.spec.bucket * dim + c)] +=
            row[c] / static_cast<double>(args_.spec.bucket);
      }
    }
    return made;
  }
  double mean(const std::vector<double>& of, std::int64_t bucket, std::int64_t c) const {
    return of[static_cast<std::size_t>(bucket * args_.queries.shape[2] + c)];
  }

  const SinkhornArgs& args_;
  std::int64_t head_;
  std::int64_t buckets_;
  std::vector<double> queries_, keys_;  // means (buckets, dim)
  Square products_;
  std::vector<Square> steps_;  // logs: at first, then after each half of an iteration
};

/// Each tile twice: of the mixed keys (segment 0) and of the bucket's own (segment 1).
BlockPlan plan_of(const SinkhornArgs& args) {
  const std::int64_t tokens = args.queries.shape[1];
  const BlockPlan once = plan(block_local(args.spec.bucket), {.queries = tokens, .keys = tokens});
  BlockPlan twice = once;
  twice.runs.clear();
  twice.row_begin = {0};
  const std::int64_t size = once.key_block;
  for (std::size_t row = 0; row + 1 < once.row_begin.size(); ++row) {
    for (std::int64_t i = once.row_begin[row]; i < once.row_begin[row + 1]; ++i) {
      const TileRun& run = once.runs[static_cast<std::size_t>(i)];
      for (std::int64_t tile = 0; tile < run.count; ++tile) {
        TileRun one = run;
        one.first_slot += tile * size;
        one.first_key += tile * size;
        one.count = 1;
        one.keys = std::min(run.keys - tile * size, size);
        if (run.kind == TileKind::kBits) {
          one.argument += tile * once.query_block * ((size + 63) / 64);
        } else if (run.kind == TileKind::kPrefix) {
          one.argument = std::min(run.argument - tile * size, one.keys);
          if (one.argument < 1) continue;
        }
        for (one.segment = 0; one.segment < 2; ++one.segment) twice.runs.push_back(one);
      }
    }
    twice.row_begin.push_back(static_cast<std::int64_t>(twice.runs.size()));
  }
  build_work_list(twice);
  return twice;
}

Tensor like(const TensorView& view) {
  return {DType::kF32, {view.shape[0], view.shape[1], view.shape[2]}};
}

/// A forward call: R, the mixed buckets, and attention over both.
struct Sorted {
  std::vector<std::unique_ptr<Sorting>> heads;
  Tensor keys, values;  // mixed
  BlockPlan plan;
  std::array<KeySegment, 2> segments;
  Tensor log_sum_exp;

  Sorted(const Backend& backend, const SinkhornArgs& args) {
    check(args);
    keys = like(args.keys);
    values = like(args.values);
    heads.resize(static_cast<std::size_t>(args.queries.shape[0]));
    for_each_task(std::ssize(heads), [&](std::int64_t head) {
      auto& one = heads[static_cast<std::size_t>(head)];
      one = std::make_unique<Sorting>(args, head);
      one->mix(backend, args.keys, keys.view());
      one->mix(backend, args.values, values.view());
    });
    plan = plan_of(args);
    segments = {KeySegment{keys.view(), values.view()}, KeySegment{args.keys, args.values}};
    log_sum_exp = Tensor(DType::kF32, {args.queries.shape[0], args.queries.shape[1]});
    backend.attention({.plan = &plan,
                       .queries = {&args.queries, 1},
                       .segments = segments,
                       .scale = args.scale,
                       .out = args.out,
                       .log_sum_exp = log_sum_exp.view()});
  }
};

}  // namespace

void sinkhorn_attention(const Backend& backend, const SinkhornArgs& args) { Sorted(backend, args); }

Tensor sinkhorn_sorting(const SinkhornArgs& args) {
  check(args);
  const std::int64_t buckets = args.queries.shape[1] / args.spec.bucket;
  Tensor made(DType::kF32, {args.queries.shape[0], buckets, buckets});
  for (std::int64_t head = 0; head < args.queries.shape[0]; ++head) {
    const Sorting sorting(args, head);
    for (std::int64_t i = 0; i < buckets; ++i) {
      for (std::int64_t j = 0; j < buckets; ++j) {
        row_at(made.view(), head, i)[j] = static_cast<float>(sorting.weight(i, j));
      }
    }
  }
  return made;
}

void sinkhorn_attention_gradient(const Backend& backend, const SinkhornGradientArgs& args) {
  const SinkhornArgs& forward = args.forward;
  Sorted sorted(backend, forward);
  const auto require_like = [](const char* name, const TensorView& view, const TensorView& of) {
    require_rows(name, view, of.shape[0], of.shape[1], of.shape[2]);
  };
  require_like("sinkhorn: out gradient", args.out_gradient, forward.out);
  require_like("sinkhorn: query gradient", args.query_gradient, forward.queries);
  require_like("sinkhorn: key gradient", args.key_gradient, forward.keys);
  require_like("sinkhorn: value gradient", args.value_gradient, forward.values);
  const Tensor mixed_keys = like(forward.keys);
  const Tensor mixed_values = like(forward.values);
  const std::array segment_gradients = {KeySegmentGradient{mixed_keys.view(), mixed_values.view()},
                                        KeySegmentGradient{args.key_gradient, args.value_gradient}};
  backend.attention_gradient({.plan = &sorted.plan,
                              .queries = {&forward.queries, 1},
                              .segments = sorted.segments,
                              .scale = forward.scale,
                              .out = forward.out,
                              .log_sum_exp = sorted.log_sum_exp.view(),
                              .out_gradient = args.out_gradient,
                              .query_gradients = {&args.query_gradient, 1},
                              .segment_gradients = segment_gradients});
  for_each_task(std::ssize(sorted.heads), [&](std::int64_t i) {
    Sorting& head = *sorted.heads[static_cast<std::size_t>(i)];
    Square weights(head.buckets());
    head.unmix(backend, mixed_keys.view(), forward.keys, args.key_gradient, weights);
    head.unmix(backend, mixed_values.view(), forward.values, args.value_gradient, weights);
    head.add_gradients(std::move(weights), args.query_gradient, args.key_gradient);
  });
}

}  // namespace heddle::attention
