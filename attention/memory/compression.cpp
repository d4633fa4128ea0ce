#include "attention/memory/compression.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::attention {
namespace {

constexpr int kMostRatio = 256;

struct Rows {
  float* data;
  std::int64_t stride;
  std::int64_t rows;
  std::int64_t dim;

  float* row(std::int64_t i) const { return data + i * stride; }
};

Rows rows_of(const TensorView& view) {
  return {view.as<float>(), view.stride[0], view.shape[0], view.shape[1]};
}

/// One learned kernel of a head: (dim, ratio, dim).
float* kernel_of(const TensorView& weights, int head) {
  return weights.as<float>() + head * weights.stride[0];
}

void convolve(const float* weight, int ratio, const Rows& in, const Rows& out) {
  const std::int64_t taps = ratio * in.dim;
  for (std::int64_t j = 0; j < out.rows; ++j) {
    for (std::int64_t o = 0; o < out.dim; ++o) {
      float sum = 0;
      for (int t = 0; t < ratio; ++t) {
        const float* x = in.row(j * ratio + t);
        const float* w = weight + o * taps + t * in.dim;
        for (std::int64_t i = 0; i < in.dim; ++i) sum += w[i] * x[i];
      }
      out.row(j)[o] = sum;
    }
  }
}

struct ConvolutionGradient {
  Rows out;
  Rows in;
  float* weight;
};
void convolve_backward(const float* weight,
                       int ratio,
                       const Rows& in,
                       const ConvolutionGradient& gradient) {
  const std::int64_t taps = ratio * in.dim;
  for (std::int64_t j = 0; j < gradient.out.rows; ++j) {
    for (std::int64_t o = 0; o < gradient.out.dim; ++o) {
      const float d = gradient.out.row(j)[o];
      for (int t = 0; t < ratio; ++t) {
        const std::int64_t at = o * taps + t * in.dim;
        const float* x = in.row(j * ratio + t);
        float* dx = gradient.in.row(j * ratio + t);
        for (std::int64_t i = 0; i < in.dim; ++i) {
          dx[i] += d * weight[at + i];
          gradient.weight[at + i] += d * x[i];
        }
      }
    }
  }
}

using Shares = std::array<float, kMostRatio>;

/// How much each of the `ratio` rows from `first` counts.
Shares shares_of(const CompressionSpec& spec, int head, const Rows& keys, std::int64_t first) {
  Shares shares;
  shares.fill(1.0f / static_cast<float>(spec.ratio));
  if (spec.kind != CompressionKind::kPool) return shares;
  const float* query = kernel_of(spec.keys, head);
  float largest = -INFINITY;
  for (int t = 0; t < spec.ratio; ++t) {
    float score = 0;
    for (std::int64_t i = 0; i < keys.dim; ++i) score += query[i] * keys.row(first + t)[i];
    shares[static_cast<std::size_t>(t)] = score;
    largest = std::max(largest, score);
  }
  float sum = 0;
  for (int t = 0; t < spec.ratio; ++t) {
    float& share = shares[static_cast<std::size_t>(t)];
    share = std::exp(share - largest);
    sum += share;
  }
  for (int t = 0; t < spec.ratio; ++t) shares[static_cast<std::size_t>(t)] /= sum;
  return shares;
}

void add_shares(const Shares& shares, int ratio, const Rows& in, std::int64_t first, float* out) {
  std::fill_n(out, in.dim, 0.0f);
  for (int t = 0; t < ratio; ++t) {
    const float* x = in.row(first + t);
    for (std::int64_t i = 0; i < in.dim; ++i) out[i] += shares[static_cast<std::size_t>(t)] * x[i];
  }
}

/// dp_t += dy . x_t, dx_t += p_t dy
struct ShareGradient {
  const float* out;
  Rows in;
  Shares* shares;
};
void share_backward(const Shares& shares,
                    int ratio,
                    const Rows& in,
                    std::int64_t first,
                    const ShareGradient& gradient) {
  for (int t = 0; t < ratio; ++t) {
    const auto at = static_cast<std::size_t>(t);
    const float* x = in.row(first + t);
    float* dx = gradient.in.row(first + t);
    for (std::int64_t i = 0; i < in.dim; ++i) {
      (*gradient.shares)[at] += gradient.out[i] * x[i];
      dx[i] += shares[at] * gradient.out[i];
    }
  }
}

/// Through the softmax: ds_t = p_t (dp_t - sum p dp), then to the query and the keys.
struct ShareValues {
  const Shares& shares;
  const Shares& gradient;
};
struct PooledKeys {
  Rows keys;
  Rows gradient;
  std::int64_t first;
};
void pool_backward(const CompressionSpec& spec,
                   int head,
                   const ShareValues& share,
                   const PooledKeys& pooled,
                   const TensorView& weight_gradient) {
  float mean = 0;
  for (std::size_t t = 0; t < static_cast<std::size_t>(spec.ratio); ++t) {
    mean += share.shares[t] * share.gradient[t];
  }
  const float* query = kernel_of(spec.keys, head);
  float* dquery = kernel_of(weight_gradient, head);
  for (int t = 0; t < spec.ratio; ++t) {
    const auto at = static_cast<std::size_t>(t);
    const float score = share.shares[at] * (share.gradient[at] - mean);
    const float* key = pooled.keys.row(pooled.first + t);
    float* dkey = pooled.gradient.row(pooled.first + t);
    for (std::int64_t i = 0; i < pooled.keys.dim; ++i) {
      dquery[i] += score * key[i];
      dkey[i] += score * query[i];
    }
  }
}

void require_weights(const char* name,
                     const TensorView& weights,
                     const std::vector<std::int64_t>& wanted) {
  bool fits = !weights.empty() && weights.dtype == DType::kF32 && weights.contiguous() &&
              weights.rank == static_cast<int>(wanted.size());
  std::string shape;
  for (std::size_t axis = 0; axis < wanted.size(); ++axis) {
    fits = fits && weights.shape[axis] == wanted[axis];
    shape += (axis == 0 ? "" : ", ") + std::to_string(wanted[axis]);
  }
  if (fits) return;
  throw std::invalid_argument(std::string("memory: compression weights for ") + name +
                              " must be f32 (" + shape + ") contiguous, got " +
                              (weights.empty() ? "none" : describe(weights)));
}

}  // namespace

void require_compression(const MemorySpec& spec) {
  const CompressionSpec& compressed = spec.compressed;
  if (compressed.blocks == 0) return;
  if (compressed.ratio < 1 || compressed.ratio > kMostRatio || spec.block % compressed.ratio != 0) {
    throw std::invalid_argument("memory: compression ratio must lie in [1, " +
                                std::to_string(kMostRatio) + "] and divide the block of " +
                                std::to_string(spec.block) + ", got " +
                                std::to_string(compressed.ratio));
  }
  if (compressed.kind == CompressionKind::kPool) {
    require_weights("keys", compressed.keys, {spec.kv_heads, spec.key_dim});
  } else if (compressed.kind == CompressionKind::kConv) {
    require_weights(
        "keys", compressed.keys, {spec.kv_heads, spec.key_dim, compressed.ratio, spec.key_dim});
    require_weights("values",
                    compressed.values,
                    {spec.kv_heads, spec.value_dim, compressed.ratio, spec.value_dim});
  }
}

void compress(const CompressionSpec& spec,
              int head,
              const CompressionRows& in,
              const CompressionRows& out) {
  const Rows keys = rows_of(in.keys);
  const Rows values = rows_of(in.values);
  const Rows to_keys = rows_of(out.keys);
  const Rows to_values = rows_of(out.values);
  if (spec.kind == CompressionKind::kConv) {
    convolve(kernel_of(spec.keys, head), spec.ratio, keys, to_keys);
    convolve(kernel_of(spec.values, head), spec.ratio, values, to_values);
    return;
  }
  for (std::int64_t j = 0; j < to_keys.rows; ++j) {
    const Shares shares = shares_of(spec, head, keys, j * spec.ratio);
    add_shares(shares, spec.ratio, keys, j * spec.ratio, to_keys.row(j));
    add_shares(shares, spec.ratio, values, j * spec.ratio, to_values.row(j));
  }
}

void compress_backward(const CompressionSpec& spec,
                       int head,
                       const CompressionRows& in,
                       const CompressionGradient& gradient) {
  const Rows keys = rows_of(in.keys);
  const Rows values = rows_of(in.values);
  const Rows out_keys = rows_of(gradient.out.keys);
  const Rows out_values = rows_of(gradient.out.values);
  const Rows in_keys = rows_of(gradient.in.keys);
  const Rows in_values = rows_of(gradient.in.values);
  if (spec.kind == CompressionKind::kConv) {
    convolve_backward(kernel_of(spec.keys, head),
                      spec.ratio,
                      keys,
                      {out_keys, in_keys, kernel_of(gradient.weight_keys, head)});
    convolve_backward(kernel_of(spec.values, head),
                      spec.ratio,
                      values,
                      {out_values, in_values, kernel_of(gradient.weight_values, head)});
    return;
  }
  for (std::int64_t j = 0; j < out_keys.rows; ++j) {
    const std::int64_t first = j * spec.ratio;
    const Shares shares = shares_of(spec, head, keys, first);
    Shares d{};
    share_backward(shares, spec.ratio, keys, first, {out_keys.row(j), in_keys, &d});
    share_backward(shares, spec.ratio, values, first, {out_values.row(j), in_values, &d});
    if (spec.kind == CompressionKind::kPool) {
      pool_backward(spec, head, {shares, d}, {keys, in_keys, first}, gradient.weight_keys);
    }
  }
}

}  // namespace heddle::attention
