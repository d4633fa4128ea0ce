#include "attention/memory/associative_gradient.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace heddle::attention {
namespace {

constexpr std::size_t kProducts = 3;  // the 3 of DPFP-3

float* row_of(const TensorView& view, std::int64_t head, std::int64_t row) {
  return view.as<float>() + head * view.stride[0] + row * view.stride[1];
}

double dot(const std::vector<double>& a, const double* b) {
  return std::inner_product(a.begin(), a.end(), b, 0.0);
}

void add(double factor, std::span<const double> from, double* to) {
  for (std::size_t i = 0; i < from.size(); ++i) to[i] += factor * from[i];
}

/// out[c] = sum over i of f[i] matrix[i][c]
void read_matrix(const std::vector<double>& f, const double* matrix, std::vector<double>& out) {
  std::ranges::fill(out, 0.0);
  for (std::size_t i = 0; i < f.size(); ++i) {
    add(f[i], {matrix + i * out.size(), out.size()}, out.data());
  }
}

/// matrix[i][c] += factor f[i] u[c]
void add_outer(double factor,
               const std::vector<double>& f,
               const std::vector<double>& u,
               double* matrix) {
  for (std::size_t i = 0; i < f.size(); ++i) add(factor * f[i], u, matrix + i * u.size());
}

/// out[i] += sum over c of matrix[i][c] u[c]
void add_rows(const double* matrix, const std::vector<double>& u, std::vector<double>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] += dot(u, matrix + i * u.size());
}

}  // namespace

/// phi and its gradient, for one row at a time.
struct AssociativeGradient::Features {
  explicit Features(int dim)
      : half(static_cast<std::size_t>(dim)),
        parts(2 * half),
        part_gradient(2 * half),
        f(kProducts * 2 * half),
        gradient(kProducts * 2 * half) {}

  void map(const float* x) {
    for (std::size_t i = 0; i < half; ++i) {
      parts[i] = std::max(double{x[i]}, 0.0);
      parts[half + i] = std::max(-double{x[i]}, 0.0);
    }
    for (std::size_t j = 0; j < kProducts; ++j) {
      for (std::size_t i = 0; i < 2 * half; ++i) {
        f[j * 2 * half + i] = parts[i] * parts[(i + j + 1) % (2 * half)];
      }
    }
    square = dot(f, f.data());
    std::ranges::fill(gradient, 0.0);
  }

  /// dx += the gradient of the features, brought through the map.
  void add_to(const float* x, float* dx) {
    std::ranges::fill(part_gradient, 0.0);
    for (std::size_t j = 0; j < kProducts; ++j) {
      for (std::size_t i = 0; i < 2 * half; ++i) {
        const double d = gradient[j * 2 * half + i];
        const std::size_t other = (i + j + 1) % (2 * half);
        part_gradient[i] += d * parts[other];
        part_gradient[other] += d * parts[i];
      }
    }
    for (std::size_t i = 0; i < half; ++i) {
      if (x[i] > 0) dx[i] += static_cast<float>(part_gradient[i]);
      if (x[i] < 0) dx[i] -= static_cast<float>(part_gradient[half + i]);
    }
  }

  std::size_t half;
  std::vector<double> parts;
  std::vector<double> part_gradient;
  std::vector<double> f;
  std::vector<double> gradient;
  double square = 0;
};

struct AssociativeGradient::Head {
  std::vector<double> matrix;  // (features, value_dim)
  std::vector<double> sum;     // (features)
};

struct AssociativeGradient::Token {
  int head = 0;
  std::int64_t row = 0;
  std::vector<double> update;  // u
  std::vector<double> stored;  // A f
  double known = 0;            // k
  double gain = 0;             // g
};

AssociativeGradient::AssociativeGradient(const AssociativeSpec& spec)
    : spec_(spec),
      features_(std::int64_t{2} * kProducts * spec.key_dim),
      matrix_(static_cast<std::size_t>(spec.heads * features_ * spec.value_dim)),
      sum_(static_cast<std::size_t>(spec.heads * features_)) {}

double* AssociativeGradient::matrix(int head) {
  return matrix_.data() + head * features_ * spec_.value_dim;
}
double* AssociativeGradient::sum(int head) { return sum_.data() + head * features_; }

AssociativeGradient::Head AssociativeGradient::head_of(const std::array<TensorView, 2>& state,
                                                       int head) const {
  const float* matrix = state[0].at(0, head).as<float>();
  const float* sum = state[1].at(0, head).as<float>();
  return {{matrix, matrix + features_ * spec_.value_dim}, {sum, sum + features_}};
}

void AssociativeGradient::back_through_read(const Read& read) {
  const auto heads = static_cast<int>(read.queries.shape[0]);
  Features features(spec_.key_dim);
  std::vector<double> out(static_cast<std::size_t>(spec_.value_dim));
  std::vector<double> scaled(out.size());
  for (int head = 0; head < heads; ++head) {
    const int from = head * spec_.heads / heads;
    const Head state = head_of(read.state, from);
    for (std::int64_t token = 0; token < read.queries.shape[1]; ++token) {
      const float* query = row_of(read.queries, head, token);
      if (!read.query_gradient.empty()) {
        std::fill_n(row_of(read.query_gradient, head, token), spec_.key_dim, 0.0f);
      }
      features.map(query);
      const double known = dot(features.f, state.sum.data());
      if (!(known > 0)) continue;
      read_matrix(features.f, state.matrix.data(), out);
      const float* gradient = row_of(read.out_gradient, head, token);
      double known_gradient = 0;
      for (std::size_t c = 0; c < out.size(); ++c) {
        scaled[c] = gradient[c] / known;
        known_gradient -= scaled[c] * out[c] / known;
      }
      add_outer(1, features.f, scaled, matrix(from));
      add(known_gradient, features.f, sum(from));
      if (read.query_gradient.empty()) continue;
      add_rows(state.matrix.data(), scaled, features.gradient);
      add(known_gradient, state.sum, features.gradient.data());
      features.add_to(query, row_of(read.query_gradient, head, token));
    }
  }
}

void AssociativeGradient::back_through_write(const Write& write) {
  Features features(spec_.key_dim);
  std::vector<double> stored(static_cast<std::size_t>(spec_.value_dim));
  for (int head = 0; head < spec_.heads; ++head) {
    Head state = head_of(write.state, head);
    std::vector<Token> tokens;
    for (std::int64_t row = 0; row < write.keys.shape[1]; ++row) {
      features.map(row_of(write.keys, head, row));
      if (features.square == 0) continue;
      const double known = dot(features.f, state.sum.data());
      read_matrix(features.f, state.matrix.data(), stored);
      const float* value = row_of(write.values, head, row);
      Token token{head, row, stored, stored, known, 1 - known / features.square};
      for (std::size_t c = 0; c < stored.size(); ++c) {
        token.update[c] = write.beta * (value[c] - (known > 0 ? stored[c] / known : 0));
      }
      add_outer(1, features.f, token.update, state.matrix.data());
      add(token.gain, features.f, state.sum.data());
      tokens.push_back(std::move(token));
    }
    for (; !tokens.empty(); tokens.pop_back()) {
      back_through_token(write, state, tokens.back(), features);
    }
  }
}

/// `state` is that behind the token and becomes that before it.
void AssociativeGradient::back_through_token(const Write& write,
                                             Head& state,
                                             const Token& token,
                                             Features& features) {
  const float* key = row_of(write.keys, token.head, token.row);
  features.map(key);
  const std::vector<double>& f = features.f;
  add_outer(-1, f, token.update, state.matrix.data());
  add(-token.gain, f, state.sum.data());
  const double known = token.known;
  std::vector<double> update_gradient(token.update.size());
  read_matrix(f, matrix(token.head), update_gradient);
  add_rows(matrix(token.head), token.update, features.gradient);
  const double gain_gradient = dot(f, sum(token.head));
  add(token.gain, {sum(token.head), f.size()}, features.gradient.data());
  double known_gradient = -gain_gradient / features.square;
  add(2 * gain_gradient * known / (features.square * features.square), f, features.gradient.data());
  float* value_gradient = row_of(write.value_gradient, token.head, token.row);
  for (std::size_t c = 0; c < update_gradient.size(); ++c) {
    value_gradient[c] += static_cast<float>(write.beta * update_gradient[c]);
  }
  if (known > 0) {
    for (double& d : update_gradient) d *= -write.beta / known;
    known_gradient -= dot(token.stored, update_gradient.data()) / known;
    add_rows(state.matrix.data(), update_gradient, features.gradient);
    add_outer(1, f, update_gradient, matrix(token.head));
  }
  add(known_gradient, state.sum, features.gradient.data());
  add(known_gradient, f, sum(token.head));
  features.add_to(key, row_of(write.key_gradient, token.head, token.row));
}

}  // namespace heddle::attention
