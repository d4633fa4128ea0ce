#include "attention/backend/reference/read_out.h"

#include "attention/backend/attention_checks.h"
#include "attention/backend/element.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace heddle::attention::reference {
namespace {

constexpr double kNone = -std::numeric_limits<double>::infinity();

struct Key {
  double similarity = 0;
  TensorView value;  // (value_dim)

  float at(std::int64_t channel) const { return load_element(value.dtype, value.data, channel); }
};

std::vector<Key> similarities(const ReadOutArgs& args, std::int64_t query) {
  std::vector<Key> keys;
  const float* q = args.queries.at(0, query).as<float>();
  for (const KeySegment& segment : args.segments) {
    for (std::int64_t slot = 0; slot < segment.keys.shape[1]; ++slot) {
      const TensorView k = segment.keys.at(0, 0).at(0, slot);
      double sum = 0;
      for (std::int64_t i = 0; i < k.shape[0]; ++i) {
        sum += static_cast<double>(q[i]) * load_element(k.dtype, k.data, i);
      }
      keys.push_back({sum, segment.values.at(0, 0).at(0, slot)});
    }
  }
  return keys;
}

struct Best {
  double inside = kNone;
  double outside = kNone;
};

Best best_of(const std::vector<Key>& keys) {
  Best best;
  for (const Key& key : keys) {
    if (key.at(1) > 0.5f) best.inside = std::max(best.inside, key.similarity);
    if (key.at(0) < 0.05f) best.outside = std::max(best.outside, key.similarity);
  }
  return best;
}

/// The `top` most similar keys; among equals the earlier one. 0 keeps all.
void keep_top(std::vector<Key>& keys, int top) {
  if (top == 0 || keys.size() <= static_cast<std::size_t>(top)) return;
  std::stable_sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    return a.similarity > b.similarity;
  });
  keys.resize(static_cast<std::size_t>(top));
}

std::vector<double> weighted_values(const std::vector<Key>& keys, double scale, std::int64_t dim) {
  std::vector<double> out(static_cast<std::size_t>(dim));
  double max = kNone;
  for (const Key& key : keys) max = std::max(max, key.similarity);
  double sum = 0;
  for (const Key& key : keys) {
    const double weight = std::exp(scale * (key.similarity - max));
    sum += weight;
    for (std::int64_t i = 0; i < dim; ++i) out[static_cast<std::size_t>(i)] += weight * key.at(i);
  }
  for (double& x : out) x = keys.empty() ? 0 : x / sum;
  return out;
}

}  // namespace

void read_out(const ReadOutArgs& args) {
  const ReadOutShape shape = check(args);
  for (std::int64_t query = 0; query < shape.queries; ++query) {
    std::vector<Key> keys = similarities(args, query);
    const Best best = best_of(keys);
    keep_top(keys, args.top);
    std::vector<double> column = weighted_values(keys, args.scale, shape.value_dim);
    column.push_back(best.inside == kNone ? -1 : best.inside);
    column.push_back(best.outside == kNone ? -1 : best.outside);
    for (std::size_t i = 0; i < column.size(); ++i) {
      const TensorView row = args.out.at(0, static_cast<std::int64_t>(i));
      row.as<float>()[query] = static_cast<float>(column[i]);
    }
  }
}

}  // namespace heddle::attention::reference
