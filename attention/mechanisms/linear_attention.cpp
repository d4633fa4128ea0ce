#include "attention/mechanisms/linear_attention.h"

#include "attention/mechanisms/head_rows.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace heddle::attention {
namespace {

float phi(float x) { return x > 0 ? x + 1 : std::exp(x); }
float phi_slope(float x) { return x > 0 ? 1 : std::exp(x); }

struct Dims {
  std::int64_t heads, tokens, key, value;
};

Dims check(const LinearArgs& args) {
  if (args.queries.rank != 3 || args.values.rank != 3) {
    throw std::invalid_argument("linear attention: queries are " + describe(args.queries) +
                                ", values " + describe(args.values) +
                                "; expected (heads, tokens, dim)");
  }
  const Dims dims = {
      args.queries.shape[0], args.queries.shape[1], args.queries.shape[2], args.values.shape[2]};
  require_rows("linear attention: queries", args.queries, dims.heads, dims.tokens, dims.key);
  require_rows("linear attention: keys", args.keys, dims.heads, dims.tokens, dims.key);
  require_rows("linear attention: values", args.values, dims.heads, dims.tokens, dims.value);
  require_rows("linear attention: out", args.out, dims.heads, dims.tokens, dims.value);
  if (!args.state.empty()) {
    require_rows("linear attention: state", args.state, dims.heads, dims.key, dims.value + 1);
  }
  return dims;
}

template <class Body>
void for_each_head(std::int64_t heads, const Body& body) {
  tbb::this_task_arena::isolate([&] { tbb::parallel_for(std::int64_t{0}, heads, body); });
}

/// Rows of S with z as a last column: (key_dim, value_dim + 1).
class State {
 public:
  explicit State(const Dims& dims)
      : dims_(dims), cells_(static_cast<std::size_t>(dims.key * (dims.value + 1))) {}

  float* row(std::int64_t c) { return cells_.data() + c * (dims_.value + 1); }
  void load(const TensorView& state, std::int64_t head) {
    for (std::int64_t c = 0; c < dims_.key; ++c) {
      std::copy_n(row_at(state, head, c), dims_.value + 1, row(c));
    }
  }
  void store(const TensorView& state, std::int64_t head) {
    for (std::int64_t c = 0; c < dims_.key; ++c) {
      std::copy_n(row(c), dims_.value + 1, row_at(state, head, c));
    }
  }

  /// S += phi(k) [v, 1]^T.
  void add(const float* key, const float* value) {
    for (std::int64_t c = 0; c < dims_.key; ++c) {
      const float feature = phi(key[c]);
      add_scaled(row(c), feature, value, dims_.value);
      row(c)[dims_.value] += feature;
    }
  }

 private:
  Dims dims_;
  std::vector<float> cells_;
};

void run_head(const LinearArgs& args, const Dims& dims, std::int64_t head) {
  State state(dims);
  if (!args.state.empty()) state.load(args.state, head);
  std::vector<float> sum(static_cast<std::size_t>(dims.value + 1));
  for (std::int64_t t = 0; t < dims.tokens; ++t) {
    state.add(row_at(args.keys, head, t), row_at(args.values, head, t));
    const float* query = row_at(args.queries, head, t);
    std::ranges::fill(sum, 0.0f);
    for (std::int64_t c = 0; c < dims.key; ++c) {
      add_scaled(sum.data(), phi(query[c]), state.row(c), dims.value + 1);
    }
    float* out = row_at(args.out, head, t);
    const float inverse = 1 / sum.back();
    for (std::int64_t i = 0; i < dims.value; ++i)
      out[i] = sum[static_cast<std::size_t>(i)] * inverse;
  }
  if (!args.state.empty()) state.store(args.state, head);
}

/// dn = dO / (phi(q) . z), the gradient of the numerator; the last element is that of the
/// denominator, -(dn . out).
std::vector<float> ratio_gradient(const LinearGradientArgs& args,
                                  const Dims& dims,
                                  std::int64_t head,
                                  std::int64_t t,
                                  float denominator) {
  std::vector<float> made(static_cast<std::size_t>(dims.value + 1));
  const float* gradient = row_at(args.out_gradient, head, t);
  const float* out = row_at(args.forward.out, head, t);
  for (std::int64_t i = 0; i < dims.value; ++i) {
    const float x = gradient[i] / denominator;
    made[static_cast<std::size_t>(i)] = x;
    made.back() -= x * out[i];
  }
  return made;
}

/// Forward over the tokens with S for dq, then backward with what later queries ask of each key.
void differentiate_head(const LinearGradientArgs& args, const Dims& dims, std::int64_t head) {
  const LinearArgs& forward = args.forward;
  State state(dims);
  std::vector<std::vector<float>> ratios;
  for (std::int64_t t = 0; t < dims.tokens; ++t) {
    state.add(row_at(forward.keys, head, t), row_at(forward.values, head, t));
    const float* query = row_at(forward.queries, head, t);
    float denominator = 0;
    for (std::int64_t c = 0; c < dims.key; ++c) {
      denominator += phi(query[c]) * state.row(c)[dims.value];
    }
    ratios.push_back(ratio_gradient(args, dims, head, t, denominator));
    float* to = row_at(args.query_gradient, head, t);
    for (std::int64_t c = 0; c < dims.key; ++c) {
      to[c] = phi_slope(query[c]) * dot_of(state.row(c), ratios.back().data(), dims.value + 1);
    }
  }
  State asked(dims);  // sum over later t of phi(q_t) [dn, dd]^T
  for (std::int64_t t = dims.tokens - 1; t >= 0; --t) {
    const float* query = row_at(forward.queries, head, t);
    const std::vector<float>& ratio = ratios[static_cast<std::size_t>(t)];
    const float* key = row_at(forward.keys, head, t);
    const float* value = row_at(forward.values, head, t);
    float* to_key = row_at(args.key_gradient, head, t);
    float* to_value = row_at(args.value_gradient, head, t);
    std::fill_n(to_value, dims.value, 0.0f);
    for (std::int64_t c = 0; c < dims.key; ++c) {
      float* row = asked.row(c);
      add_scaled(row, phi(query[c]), ratio.data(), dims.value + 1);
      to_key[c] = phi_slope(key[c]) * (dot_of(row, value, dims.value) + row[dims.value]);
      add_scaled(to_value, phi(key[c]), row, dims.value);
    }
  }
}

}  // namespace

void linear_attention(const LinearArgs& args) {
  const Dims dims = check(args);
  for_each_head(dims.heads, [&](std::int64_t head) { run_head(args, dims, head); });
}

void linear_attention_by_pairs(const LinearArgs& args) {
  const Dims dims = check(args);
  for (std::int64_t head = 0; head < dims.heads; ++head) {
    for (std::int64_t t = 0; t < dims.tokens; ++t) {
      std::vector<double> sum(static_cast<std::size_t>(dims.value + 1));
      for (std::int64_t s = 0; s <= t; ++s) {
        double weight = 0;
        for (std::int64_t c = 0; c < dims.key; ++c) {
          weight += static_cast<double>(phi(row_at(args.queries, head, t)[c])) *
                    phi(row_at(args.keys, head, s)[c]);
        }
        sum.back() += weight;
        for (std::int64_t i = 0; i < dims.value; ++i) {
          sum[static_cast<std::size_t>(i)] += weight * row_at(args.values, head, s)[i];
        }
      }
      for (std::int64_t i = 0; i < dims.value; ++i) {
        row_at(args.out, head, t)[i] =
            static_cast<float>(sum[static_cast<std::size_t>(i)] / sum.back());
      }
    }
  }
}

void linear_attention_gradient(const LinearGradientArgs& args) {
  const Dims dims = check(args.forward);
  if (!args.forward.state.empty()) {
    throw std::invalid_argument("linear attention: its gradient starts from an empty state");
  }
  require_rows("out gradient", args.out_gradient, dims.heads, dims.tokens, dims.value);
  require_rows("query gradient", args.query_gradient, dims.heads, dims.tokens, dims.key);
  require_rows("key gradient", args.key_gradient, dims.heads, dims.tokens, dims.key);
  require_rows("value gradient", args.value_gradient, dims.heads, dims.tokens, dims.value);
  for_each_head(dims.heads, [&](std::int64_t head) { differentiate_head(args, dims, head); });
}

}  // namespace heddle::attention
