#include "attention/mechanisms/routing_attention.h"

#include "attention/mechanisms/head_rows.h"
#include "attention/mechanisms/place_plan.h"
#include "attention/mechanisms/places.h"
#include "attention/mechanisms/row_products.h"
#include "attention/mechanisms/token_loop.h"
#include "attention/selectors/top_k.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace heddle::attention {
namespace {

void check(const RoutingArgs& args) {
  if (args.queries.rank != 3 || args.values.rank != 3 || args.centroids.rank != 3 ||
      args.window < 1) {
    throw std::invalid_argument("routing: queries are " + describe(args.queries) + ", window " +
                                std::to_string(args.window) +
                                "; pass (heads, tokens, dim) and a positive window");
  }
  const auto& shape = args.queries.shape;
  require_rows("routing: queries", args.queries, shape[0], shape[1], shape[2]);
  require_rows("routing: keys", args.keys, shape[0], shape[1], shape[2]);
  require_rows("routing: values", args.values, shape[0], shape[1], -1);
  require_rows("routing: out", args.out, shape[0], shape[1], args.values.shape[2]);
  require_rows("routing: centroids", args.centroids, shape[0], args.centroids.shape[1], shape[2]);
}

float inverse_length(const float* x, std::int64_t dim) {
  return 1 / std::max(std::sqrt(dot_of(x, x, dim)), 1e-12f);
}

/// The inverse length of each row of a head.
std::vector<float> inverse_lengths(const TensorView& rows, std::int64_t head) {
  std::vector<float> made(static_cast<std::size_t>(rows.shape[1]));
  for_token_stretches(1, rows.shape[1], [&](std::int64_t, std::int64_t first, std::int64_t end) {
    for (std::int64_t token = first; token < end; ++token) {
      made[static_cast<std::size_t>(token)] =
          inverse_length(row_at(rows, head, token), rows.shape[2]);
    }
  });
  return made;
}

/// Each centroid's nearest rows, in the order of tokens: (heads, clusters * window).
Places members(const Backend& backend, const RoutingArgs& args, const TensorView& rows) {
  const std::int64_t tokens = rows.shape[1];
  const std::int64_t window = std::min(args.window, tokens);
  const std::int64_t clusters = args.centroids.shape[1];
  std::vector<std::int32_t> order(static_cast<std::size_t>(rows.shape[0] * clusters * window));
  for (std::int64_t head = 0; head < rows.shape[0]; ++head) {
    const std::vector<float> inverse = inverse_lengths(rows, head);
    const Tensor products = row_products(
        backend, compact(args.centroids.at(0, head)).view(), compact(rows.at(0, head)).view());
    for_each_task(clusters, [&](std::int64_t cluster) {
      const float* of_cluster = products.view().as<float>() + cluster * tokens;
      std::vector<float> scores(static_cast<std::size_t>(tokens));
      for (std::size_t token = 0; token < scores.size(); ++token) {
        scores[token] = of_cluster[token] * inverse[token];
      }
      TopK nearest(scores.size());
      std::ranges::copy(nearest.select(scores, static_cast<std::size_t>(window)),
                        order.begin() + (head * clusters + cluster) * window);
    });
  }
  return {rows.shape[0], tokens, std::move(order)};
}

/// A place attends its cluster's keys, causally those of tokens up to its own.
class ClusterRule final : public PlaceRule {
 public:
  ClusterRule(const RoutingArgs& args, const Places& queries, const Places& keys)
      : window_(std::min(args.window, args.queries.shape[1])),
        causal_(args.causal),
        queries_(queries),
        keys_(keys) {
    for (std::int64_t head = 0; head < keys.heads(); ++head) {
      ascents_.push_back(ascents_of(keys.of_head(head)));
    }
  }

  void met(std::int64_t /*head*/,
           PositionRange queries,
           std::vector<PositionRange>& keys) const override {
    keys.push_back(
        {queries.begin / window_ * window_, (queries.end - 1) / window_ * window_ + window_});
  }

  void attend(std::int64_t head,
              std::int64_t q,
              PositionRange keys,
              TileMask& mask) const override {
    const std::int64_t first = q / window_ * window_;
    const PositionRange own = overlap(keys, {first, first + window_});
    if (!causal_) return mask.add_keys(q, own);
    attend_below({.tokens = keys_.of_head(head), .ends = ascents_[static_cast<std::size_t>(head)]},
                 q,
                 own,
                 queries_.of_head(head)[static_cast<std::size_t>(q)] + 1,
                 mask);
  }

 private:
  std::int64_t window_;
  bool causal_;
  const Places& queries_;
  const Places& keys_;
  std::vector<std::vector<std::int32_t>> ascents_;  // by head
};

/// A forward call: who was taken, and what their clusters gave.
struct Routed {
  Places queries, keys;
  BlockPlan plan;
  Tensor out;          // (heads, places, dim)
  Tensor log_sum_exp;  // (heads, places)
  OrderedArgs call;

  Routed(const Backend& backend, const RoutingArgs& args) {
    check(args);
    queries = members(backend, args, args.queries);
    keys = members(backend, args, args.keys);
    plan =
        plan_places(ClusterRule(args, queries, keys),
                    {.heads = queries.heads(), .queries = queries.count(), .keys = keys.count()});
    out = by_place(queries, args.values);
    log_sum_exp = Tensor(DType::kF32, {queries.heads(), queries.count()});
    call = {.plan = &plan,
            .query_order = queries.order(),
            .key_order = keys.order(),
            .queries = args.queries,
            .keys = args.keys,
            .values = args.values,
            .scale = args.scale,
            .out = out.view(),
            .log_sum_exp = log_sum_exp.view()};
    ordered_attention(backend, call);
    gather_means(queries, out.view(), args.out);
  }
  Routed(const Routed&) = delete;  // the call points at its members
  Routed& operator=(const Routed&) = delete;

  /// Room by place for rows like those of `view`.
  static Tensor by_place(const Places& places, const TensorView& view) {
    return {DType::kF32, {places.heads(), places.count(), view.shape[2]}};
  }
};

}  // namespace

void routing_attention(const Backend& backend, const RoutingArgs& args) { Routed(backend, args); }

void routing_attention_gradient(const Backend& backend, const RoutingGradientArgs& args) {
  const RoutingArgs& forward = args.forward;
  const Routed routed(backend, forward);
  const auto require_like = [](const char* name, const TensorView& view, const TensorView& of) {
    require_rows(name, view, of.shape[0], of.shape[1], of.shape[2]);
  };
  require_like("routing: out gradient", args.out_gradient, forward.out);
  require_like("routing: query gradient", args.query_gradient, forward.queries);
  require_like("routing: key gradient", args.key_gradient, forward.keys);
  require_like("routing: value gradient", args.value_gradient, forward.values);
  const Tensor out_gradient = Routed::by_place(routed.queries, forward.out);
  spread_means(routed.queries, args.out_gradient, out_gradient.view());
  const Tensor dq = Routed::by_place(routed.queries, forward.queries);
  const Tensor dk = Routed::by_place(routed.keys, forward.keys);
  const Tensor dv = Routed::by_place(routed.keys, forward.values);
  ordered_attention_gradient(backend,
                             {.forward = routed.call,
                              .result_order = {},
                              .out_gradient = out_gradient.view(),
                              .query_gradient = dq.view(),
                              .key_gradient = dk.view(),
                              .value_gradient = dv.view()});
  gather_sums(routed.queries, dq.view(), args.query_gradient);
  gather_sums(routed.keys, dk.view(), args.key_gradient);
  gather_sums(routed.keys, dv.view(), args.value_gradient);
}

void update_centroids(const RoutingArgs& args, float decay) {
  check(args);
  const std::int64_t clusters = args.centroids.shape[1];
  const std::int64_t dim = args.centroids.shape[2];
  for (std::int64_t head = 0; head < args.centroids.shape[0]; ++head) {
    std::vector<float> sums(static_cast<std::size_t>(clusters * dim));
    std::vector<std::int64_t> counts(static_cast<std::size_t>(clusters));
    const std::vector<float> inverse = inverse_lengths(args.centroids, head);
    for (const TensorView& rows : {args.queries, args.keys}) {
      for (std::int64_t token = 0; token < rows.shape[1]; ++token) {
        const float* row = row_at(rows, head, token);
        std::int64_t nearest = 0;
        float best = -HUGE_VALF;
        for (std::int64_t cluster = 0; cluster < clusters; ++cluster) {
          const float score = dot_of(row, row_at(args.centroids, head, cluster), dim) *
                              inverse[static_cast<std::size_t>(cluster)];
          if (score > best) {
            best = score;
            nearest = cluster;
          }
        }
        ++counts[static_cast<std::size_t>(nearest)];
        add_scaled(sums.data() + nearest * dim, inverse_length(row, dim), row, dim);
      }
    }
    for (std::int64_t cluster = 0; cluster < clusters; ++cluster) {
      if (counts[static_cast<std::size_t>(cluster)] == 0) continue;
      const float* sum = sums.data() + cluster * dim;
      float* centroid = row_at(args.centroids, head, cluster);
      const float share = (1 - decay) * inverse_length(sum, dim);
      for (std::int64_t c = 0; c < dim; ++c) centroid[c] = decay * centroid[c] + share * sum[c];
    }
  }
}

}  // namespace heddle::attention
