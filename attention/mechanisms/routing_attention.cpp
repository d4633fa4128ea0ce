#include "attention/mechanisms/routing_attention.h"

#include "attention/mechanisms/head_rows.h"
#include "attention/mechanisms/places.h"
#include "attention/patterns/listed.h"
#include "attention/selectors/top_k.h"

#include <algorithm>
#include <cmath>
#include <span>

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

/// Each centroid's nearest rows, in the order of tokens: (heads, clusters * window).
Places members(const RoutingArgs& args, const TensorView& rows) {
  const std::int64_t tokens = rows.shape[1];
  const std::int64_t dim = rows.shape[2];
  const std::int64_t window = std::min(args.window, tokens);
  Places made = {.count = args.centroids.shape[1] * window};
  std::vector<float> scores(static_cast<std::size_t>(tokens));
  TopK nearest(scores.size());
  for (std::int64_t head = 0; head < rows.shape[0]; ++head) {
    for (std::int64_t cluster = 0; cluster < args.centroids.shape[1]; ++cluster) {
      const float* centroid = row_at(args.centroids, head, cluster);
      for (std::int64_t token = 0; token < tokens; ++token) {
        const float* row = row_at(rows, head, token);
        scores[static_cast<std::size_t>(token)] =
            dot_of(row, centroid, dim) * inverse_length(row, dim);
      }
      const auto taken = nearest.select(scores, static_cast<std::size_t>(window));
      made.order.insert(made.order.end(), taken.begin(), taken.end());
    }
  }
  return made;
}

/// A place attends its cluster's keys, causally those of tokens up to its own.
BlockPlan plan_of(const RoutingArgs& args, const Places& queries, const Places& keys) {
  const std::int64_t heads = args.queries.shape[0];
  const std::int64_t window = std::min(args.window, args.queries.shape[1]);
  BlockLists lists = {.heads = static_cast<int>(heads), .query_block = 1, .key_block = 1};
  for (std::int64_t head = 0; head < heads; ++head) {
    for (std::int64_t place = 0; place < queries.count; ++place) {
      const std::int64_t first = place / window * window;
      for (std::int64_t key = first; key < first + window; ++key) {
        if (args.causal && keys.token(head, key) > queries.token(head, place)) break;
        lists.blocks.push_back(key);
      }
      lists.row_begin.push_back(static_cast<std::int64_t>(lists.blocks.size()));
    }
  }
  return plan(listed(std::move(lists)),
              {.heads = static_cast<int>(heads), .queries = queries.count, .keys = keys.count});
}

/// A forward call: who was taken, and what their clusters gave.
struct Routed {
  Places query_places, key_places;
  BlockPlan plan;
  Tensor queries, keys, values, out;  // (heads, places, dim)
  Tensor log_sum_exp;                 // (heads, places)
  std::vector<float> shares;          // (heads, tokens): 1 / places of a token, 0 for none

  Routed(const Backend& backend, const RoutingArgs& args) {
    check(args);
    query_places = members(args, args.queries);
    key_places = members(args, args.keys);
    plan = plan_of(args, query_places, key_places);
    queries = gathered(query_places, args.queries);
    keys = gathered(key_places, args.keys);
    values = gathered(key_places, args.values);
    const std::int64_t heads = args.queries.shape[0];
    out = Tensor(DType::kF32, {heads, query_places.count, args.values.shape[2]});
    log_sum_exp = Tensor(DType::kF32, {heads, query_places.count});
    const TensorView sets[] = {queries.view()};
    const KeySegment segments[] = {{keys.view(), values.view()}};
    backend.attention({.plan = &plan,
                       .queries = sets,
                       .segments = segments,
                       .scale = args.scale,
                       .out = out.view(),
                       .log_sum_exp = log_sum_exp.view()});
    count(args);
    scatter(query_places, out, args.out);
    share(args, args.out);
  }

  /// Every token's row times its share.
  void share(const RoutingArgs& args, const TensorView& rows) const {
    for (std::int64_t head = 0; head < rows.shape[0]; ++head) {
      for (std::int64_t token = 0; token < rows.shape[1]; ++token) {
        const float factor = shares[static_cast<std::size_t>(head * args.queries.shape[1] + token)];
        float* row = row_at(rows, head, token);
        for (std::int64_t c = 0; c < rows.shape[2]; ++c) row[c] *= factor;
      }
    }
  }

 private:
  void count(const RoutingArgs& args) {
    const std::int64_t tokens = args.queries.shape[1];
    shares.assign(static_cast<std::size_t>(args.queries.shape[0] * tokens), 0.0f);
    for (std::int64_t head = 0; head < args.queries.shape[0]; ++head) {
      for (std::int64_t place = 0; place < query_places.count; ++place) {
        ++shares[static_cast<std::size_t>(head * tokens + query_places.token(head, place))];
      }
    }
    for (float& x : shares) x = x > 0 ? 1 / x : 0;
  }
};

Tensor like(const TensorView& view) {
  return {DType::kF32, {view.shape[0], view.shape[1], view.shape[2]}};
}

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
  const Tensor shared = like(args.out_gradient);
  copy(args.out_gradient, shared.view());
  routed.share(forward, shared.view());
  const Tensor out_gradient = gathered(routed.query_places, shared.view());
  const Tensor dq = like(routed.queries.view());
  const Tensor dk = like(routed.keys.view());
  const Tensor dv = like(routed.values.view());
  const TensorView sets[] = {routed.queries.view()};
  const KeySegment segments[] = {{routed.keys.view(), routed.values.view()}};
  const TensorView query_gradients[] = {dq.view()};
  const KeySegmentGradient segment_gradients[] = {{dk.view(), dv.view()}};
  backend.attention_gradient({.plan = &routed.plan,
                              .queries = sets,
                              .segments = segments,
                              .scale = forward.scale,
                              .out = routed.out.view(),
                              .log_sum_exp = routed.log_sum_exp.view(),
                              .out_gradient = out_gradient.view(),
                              .query_gradients = query_gradients,
                              .segment_gradients = segment_gradients});
  scatter(routed.query_places, dq, args.query_gradient);
  scatter(routed.key_places, dk, args.key_gradient);
  scatter(routed.key_places, dv, args.value_gradient);
}

void update_centroids(const RoutingArgs& args, float decay) {
  check(args);
  const std::int64_t clusters = args.centroids.shape[1];
  const std::int64_t dim = args.centroids.shape[2];
  for (std::int64_t head = 0; head < args.centroids.shape[0]; ++head) {
    std::vector<float> sums(static_cast<std::size_t>(clusters * dim));
    std::vector<std::int64_t> counts(static_cast<std::size_t>(clusters));
    for (const TensorView& rows : {args.queries, args.keys}) {
      for (std::int64_t token = 0; token < rows.shape[1]; ++token) {
        const float* row = row_at(rows, head, token);
        std::int64_t nearest = 0;
        float best = -HUGE_VALF;
        for (std::int64_t cluster = 0; cluster < clusters; ++cluster) {
          const float score = dot_of(row, row_at(args.centroids, head, cluster), dim);
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
