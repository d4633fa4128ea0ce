#include "attention/memory/associative_state.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr int kProducts = 3;  // the 3 of DPFP-3

std::int64_t features_of(const AssociativeSpec& spec) {
  return std::int64_t{2} * kProducts * spec.key_dim;
}

void require_rows(const char* name, const TensorView& view, std::int64_t dim) {
  const bool fits = view.rank == 3 && view.dtype == DType::kF32 && view.shape[2] == dim &&
                    (dim == 1 || view.stride[2] == 1);
  if (fits) return;
  throw std::invalid_argument(std::string("associative state: ") + name +
                              " must be f32 (heads, n, " + std::to_string(dim) +
                              ") with contiguous rows, got " + describe(view));
}

float* row_of(const TensorView& view, std::int64_t head, std::int64_t row) {
  return view.as<float>() + head * view.stride[0] + row * view.stride[1];
}

}  // namespace

AssociativeState::AssociativeState(const AssociativeSpec& spec)
    : spec_(spec),
      matrix_(DType::kF32, {spec.heads, features_of(spec), spec.value_dim}),
      sum_(DType::kF32, {spec.heads, features_of(spec)}),
      signed_(static_cast<std::size_t>(2 * spec.key_dim)),
      features_(static_cast<std::size_t>(features_of(spec))),
      stored_(static_cast<std::size_t>(spec.value_dim)) {}

std::size_t AssociativeState::bytes(const AssociativeSpec& spec) {
  return static_cast<std::size_t>(spec.heads * features_of(spec) * (spec.value_dim + 1)) *
         sizeof(float);
}

double AssociativeState::map(const float* x) {
  const auto dim = static_cast<std::size_t>(spec_.key_dim);
  for (std::size_t i = 0; i < dim; ++i) {
    signed_[i] = std::max(x[i], 0.0f);
    signed_[dim + i] = std::max(-x[i], 0.0f);
  }
  double square = 0;
  for (std::size_t j = 0; j < kProducts; ++j) {
    for (std::size_t i = 0; i < 2 * dim; ++i) {
      const float product = signed_[i] * signed_[(i + j + 1) % (2 * dim)];
      features_[j * 2 * dim + i] = product;
      square += double{product} * product;
    }
  }
  return square;
}

double AssociativeState::weight(int head) const {
  const float* sum = sum_.view().at(0, head).as<float>();
  double weight = 0;
  for (std::size_t i = 0; i < features_.size(); ++i) weight += double{features_[i]} * sum[i];
  return weight;
}

void AssociativeState::write(const TensorView& keys, const TensorView& values, float beta) {
  require_rows("keys", keys, spec_.key_dim);
  require_rows("values", values, spec_.value_dim);
  if (keys.shape[0] != spec_.heads || values.shape[0] != spec_.heads ||
      keys.shape[1] != values.shape[1]) {
    throw std::invalid_argument("associative state: " + std::to_string(spec_.heads) +
                                " heads; keys are " + describe(keys) + ", values " +
                                describe(values));
  }
  const auto dim = static_cast<std::size_t>(spec_.value_dim);
  for (int head = 0; head < spec_.heads; ++head) {
    float* matrix = matrix_.view().at(0, head).as<float>();
    float* sum = sum_.view().at(0, head).as<float>();
    for (std::int64_t token = 0; token < keys.shape[1]; ++token) {
      const double square = map(row_of(keys, head, token));
      if (square == 0) continue;  // nothing could ever read it
      const double known = weight(head);
      std::ranges::fill(stored_, 0.0f);
      for (std::size_t i = 0; known > 0 && i < features_.size(); ++i) {
        for (std::size_t c = 0; c < dim; ++c) stored_[c] += features_[i] * matrix[i * dim + c];
      }
      const float* value = row_of(values, head, token);
      const auto gain = static_cast<float>(1 - known / square);
      const auto inverse = static_cast<float>(known > 0 ? 1 / known : 0);
      for (std::size_t c = 0; c < dim; ++c) {
        stored_[c] = beta * (value[c] - stored_[c] * inverse);
      }
      for (std::size_t i = 0; i < features_.size(); ++i) {
        for (std::size_t c = 0; c < dim; ++c) matrix[i * dim + c] += stored_[c] * features_[i];
        sum[i] += gain * features_[i];
      }
    }
  }
}

void AssociativeState::read(const TensorView& queries, const TensorView& out) {
  require_rows("queries", queries, spec_.key_dim);
  require_rows("out", out, spec_.value_dim);
  const auto heads = static_cast<int>(queries.shape[0]);
  if (spec_.heads == 0 || heads % spec_.heads != 0 || out.shape[0] != heads ||
      out.shape[1] != queries.shape[1]) {
    throw std::invalid_argument("associative state: " + std::to_string(spec_.heads) +
                                " heads; queries are " + describe(queries) + ", out " +
                                describe(out));
  }
  const std::int64_t dim = spec_.value_dim;
  for (int head = 0; head < heads; ++head) {
    const int from = head * spec_.heads / heads;
    const float* matrix = matrix_.view().at(0, from).as<float>();
    for (std::int64_t token = 0; token < queries.shape[1]; ++token) {
      float* to = row_of(out, head, token);
      std::fill_n(to, dim, 0.0f);
      map(row_of(queries, head, token));
      const double known = weight(from);
      if (!(known > 0)) continue;
      for (std::size_t i = 0; i < features_.size(); ++i) {
        const float* row = matrix + static_cast<std::int64_t>(i) * dim;
        for (std::int64_t c = 0; c < dim; ++c) to[c] += features_[i] * row[c];
      }
      for (std::int64_t c = 0; c < dim; ++c) to[c] *= static_cast<float>(1 / known);
    }
  }
}

void AssociativeState::reset() {
  for (const TensorView& tensor : tensors()) {
    if (!tensor.empty()) {
      std::memset(tensor.data, 0, static_cast<std::size_t>(tensor.size()) * sizeof(float));
    }
  }
}

}  // namespace heddle::attention
