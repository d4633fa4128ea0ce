#pragma once
// Gradients of (heads, rows, dim) operands while the reference sums them, in double.

#include "attention/backend/attention_op.h"
#include "attention/backend/element.h"
#include "attention/tensor/tensor.h"

#include <cstdint>
#include <vector>

namespace heddle::attention::reference {

class GradientSum {
 public:
  explicit GradientSum(const TensorView& of)
      : rows_(of.shape[1]), dim_(of.shape[2]), sums_(static_cast<std::size_t>(of.size())) {}

  /// Row `row` of head `head` gains factor * x, x (dim).
  void add(std::int64_t head, std::int64_t row, double factor, const TensorView& x) {
    double* to = sums_.data() + (head * rows_ + row) * dim_;
    for (std::int64_t i = 0; i < dim_; ++i) to[i] += factor * load_element(x.dtype, x.data, i);
  }

  /// Nothing where the gradient is not wanted.
  void write(const TensorView& gradient) const {
    if (gradient.empty()) return;
    for (std::int64_t head = 0; head < gradient.shape[0]; ++head) {
      for (std::int64_t row = 0; row < rows_; ++row) {
        const TensorView to = gradient.at(0, head).at(0, row);
        const double* from = sums_.data() + (head * rows_ + row) * dim_;
        for (std::int64_t i = 0; i < dim_; ++i) {
          store_element(to.dtype, to.data, i, static_cast<float>(from[i]));
        }
      }
    }
  }

 private:
  std::int64_t rows_;
  std::int64_t dim_;
  std::vector<double> sums_;
};

/// Of one attention call.
struct GradientSums {
  std::vector<GradientSum> queries;  // one a query set
  std::vector<GradientSum> keys;     // one a segment
  std::vector<GradientSum> values;   // one a segment

  explicit GradientSums(const AttentionArgs& call) {
    for (const TensorView& set : call.queries) queries.emplace_back(set);
    for (const KeySegment& segment : call.segments) {
      keys.emplace_back(segment.keys);
      values.emplace_back(segment.values);
    }
  }
  void write(std::span<const TensorView> query_gradients,
             std::span<const KeySegmentGradient> segment_gradients) const {
    for (std::size_t i = 0; i < queries.size(); ++i) queries[i].write(query_gradients[i]);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      keys[i].write(segment_gradients[i].keys);
      values[i].write(segment_gradients[i].values);
    }
  }
};

}  // namespace heddle::attention::reference
