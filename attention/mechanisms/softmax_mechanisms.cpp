// Hashing, routing, sorting, NSA and gated blocks as mechanisms.

#include "attention/mechanisms/head_rows.h"
#include "attention/mechanisms/mechanism_factories.h"
#include "attention/mechanisms/routing_attention.h"
#include "attention/mechanisms/unit_rows.h"

#include <algorithm>
#include <cmath>

namespace heddle::attention {
namespace {

std::string causal_text(bool causal) { return causal ? ",causal" : ""; }

class Lsh final : public Mechanism {
 public:
  explicit Lsh(const LshSpec& spec) : spec_(spec) {}

  std::string text() const override {
    return "lsh(" + std::to_string(spec_.buckets) + "," + std::to_string(spec_.chunk) +
           causal_text(spec_.causal) + ",rounds=" + std::to_string(spec_.rounds) + ")";
  }
  bool shares_keys() const override { return true; }
  float usual_scale(std::int64_t /*dim*/) const override { return 1; }
  std::string_view constants() const override { return "rotations"; }

  void run(const Backend& backend, const MechanismCall& call) const override {
    const Tensor keys = unit_rows(call.queries);
    const auto buckets = lsh_buckets(backend, spec_, call.queries, call.constants);
    lsh_attention(backend, args(call, keys, buckets));
  }
  void gradient(const Backend& backend, const MechanismGradientCall& call) const override {
    const MechanismCall& forward = call.forward;
    const Tensor keys = unit_rows(forward.queries);
    const Tensor key_gradient = zeros_like(forward.queries);
    const auto buckets = lsh_buckets(backend, spec_, forward.queries, forward.constants);
    lsh_attention_gradient(backend,
                           {.forward = args(forward, keys, buckets),
                            .out_gradient = call.out_gradient,
                            .query_gradient = call.query_gradient,
                            .key_gradient = key_gradient.view(),
                            .value_gradient = call.value_gradient});
    unit_rows_gradient(forward.queries, key_gradient.view());
    const TensorView& to = call.query_gradient;
    for (std::int64_t head = 0; head < to.shape[0]; ++head) {
      for (std::int64_t t = 0; t < to.shape[1]; ++t) {
        add_scaled(row_at(to, head, t), 1, row_at(key_gradient.view(), head, t), to.shape[2]);
      }
    }
  }

 private:
  LshArgs args(const MechanismCall& call,
               const Tensor& keys,
               const std::vector<std::int32_t>& buckets) const {
    return {.spec = spec_,
            .buckets = &buckets,
            .queries = call.queries,
            .keys = keys.view(),
            .values = call.values,
            .scale = call.scale,
            .out = call.out};
  }

  LshSpec spec_;
};

class Routing final : public Mechanism {
 public:
  Routing(std::int64_t clusters, std::int64_t window, bool causal)
      : clusters_(clusters), window_(window), causal_(causal) {}

  std::string text() const override {
    return "routing(" + std::to_string(clusters_) + "," + std::to_string(window_) +
           causal_text(causal_) + ")";
  }
  std::string_view constants() const override { return "centroids"; }

  void run(const Backend& backend, const MechanismCall& call) const override {
    routing_attention(backend, args(call));
  }
  void gradient(const Backend& backend, const MechanismGradientCall& call) const override {
    const RoutingArgs forward = args(call.forward);
    routing_attention_gradient(backend,
                               {.forward = forward,
                                .out_gradient = call.out_gradient,
                                .query_gradient = call.query_gradient,
                                .key_gradient = call.key_gradient,
                                .value_gradient = call.value_gradient});
    if (call.constants_gradient.empty()) return;
    const Tensor moved = zeros_like(forward.centroids);
    copy(forward.centroids, moved.view());
    RoutingArgs at_once = forward;
    at_once.centroids = moved.view();
    update_centroids(at_once, 0);
    for (std::int64_t head = 0; head < moved.view().shape[0]; ++head) {
      for (std::int64_t cluster = 0; cluster < clusters_; ++cluster) {
        float* to = row_at(call.constants_gradient, head, cluster);
        const std::int64_t dim = moved.view().shape[2];
        add_scaled(to, 1, row_at(forward.centroids, head, cluster), dim);
        add_scaled(to, -1, row_at(moved.view(), head, cluster), dim);
      }
    }
  }

 private:
  RoutingArgs args(const MechanismCall& call) const {
    require_rows("routing: centroids",
                 call.constants,
                 call.queries.shape[0],
                 clusters_,
                 call.queries.shape[2]);
    return {.window = std::min(window_, call.queries.shape[1]),
            .causal = causal_,
            .centroids = call.constants,
            .queries = call.queries,
            .keys = call.keys,
            .values = call.values,
            .scale = call.scale,
            .out = call.out};
  }

  std::int64_t clusters_;
  std::int64_t window_;
  bool causal_;
};

class Sinkhorn final : public Mechanism {
 public:
  explicit Sinkhorn(const SinkhornSpec& spec) : spec_(spec) {}

  std::string text() const override {
    return "sinkhorn(" + std::to_string(spec_.bucket) +
           ",iterations=" + std::to_string(spec_.iterations) +
           ",temperature=" + std::to_string(std::lround(spec_.temperature * 100)) + ")";
  }
  void run(const Backend& backend, const MechanismCall& call) const override {
    sinkhorn_attention(backend, args(call));
  }
  void gradient(const Backend& backend, const MechanismGradientCall& call) const override {
    sinkhorn_attention_gradient(backend,
                                {.forward = args(call.forward),
                                 .out_gradient = call.out_gradient,
                                 .query_gradient = call.query_gradient,
                                 .key_gradient = call.key_gradient,
                                 .value_gradient = call.value_gradient});
  }

 private:
  SinkhornArgs args(const MechanismCall& call) const {
    return {.spec = spec_,
            .queries = call.queries,
            .keys = call.keys,
            .values = call.values,
            .scale = call.scale,
            .out = call.out};
  }

  SinkhornSpec spec_;
};

class Nsa final : public Mechanism {
 public:
  explicit Nsa(const NsaSpec& spec) : spec_(spec) {}

  std::string text() const override {
    return "nsa(" + std::to_string(spec_.block) + "," + std::to_string(spec_.top) + "," +
           std::to_string(spec_.window) + ")";
  }
  bool groups_heads() const override { return true; }
  std::int64_t gate_channels() const override { return 3; }

  void run(const Backend& backend, const MechanismCall& call) const override {
    const Tensor gates = sigmoids(call.gates);
    nsa_attention(backend, args(call, gates));
  }
  void gradient(const Backend& backend, const MechanismGradientCall& call) const override {
    const Tensor gates = sigmoids(call.forward.gates);
    nsa_attention_gradient(backend,
                           {.forward = args(call.forward, gates),
                            .out_gradient = call.out_gradient,
                            .query_gradient = call.query_gradient,
                            .key_gradient = call.key_gradient,
                            .value_gradient = call.value_gradient,
                            .gate_gradient = call.gate_gradient});
    sigmoids_gradient(gates, call.gate_gradient);
  }

 private:
  NsaArgs args(const MechanismCall& call, const Tensor& gates) const {
    return {.spec = spec_,
            .queries = call.queries,
            .keys = call.keys,
            .values = call.values,
            .gates = gates.view(),
            .scale = call.scale,
            .out = call.out};
  }

  NsaSpec spec_;
};

class Gated final : public Mechanism {
 public:
  explicit Gated(const GatedSpec& spec) : spec_(spec) {}

  std::string text() const override {
    return "gated(" + std::to_string(spec_.block) + "," + std::to_string(spec_.gate.top) +
           ",temperature=" +
           std::to_string(std::lround(static_cast<double>(spec_.gate.temperature) * 100)) +
           ",seed=" + std::to_string(spec_.seed) + ")";
  }
  void run(const Backend& backend, const MechanismCall& call) const override {
    gated_blocks(backend, spec_, call);
  }
  void gradient(const Backend& backend, const MechanismGradientCall& call) const override {
    gated_blocks_gradient(backend, spec_, call);
  }

 private:
  GatedSpec spec_;
};

}  // namespace

float Mechanism::usual_scale(std::int64_t dim) const {
  return static_cast<float>(1 / std::sqrt(static_cast<double>(dim)));
}

std::unique_ptr<Mechanism> lsh_mechanism(const LshSpec& spec) {
  return std::make_unique<Lsh>(spec);
}

std::unique_ptr<Mechanism> routing_mechanism(std::int64_t clusters,
                                             std::int64_t window,
                                             bool causal) {
  return std::make_unique<Routing>(clusters, window, causal);
}

std::unique_ptr<Mechanism> sinkhorn_mechanism(const SinkhornSpec& spec) {
  return std::make_unique<Sinkhorn>(spec);
}

std::unique_ptr<Mechanism> nsa_mechanism(const NsaSpec& spec) {
  return std::make_unique<Nsa>(spec);
}

std::unique_ptr<Mechanism> gated_mechanism(const GatedSpec& spec) {
  return std::make_unique<Gated>(spec);
}

}  // namespace heddle::attention
