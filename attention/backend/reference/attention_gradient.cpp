#include "attention/backend/reference/attention_gradient.h"

#include "attention/backend/element.h"
#include "attention/backend/reference/attended_keys.h"

#include <cmath>
#include <vector>

namespace heddle::attention::reference {
namespace {

/// The gradient of one (heads, rows, dim) operand while it is summed.
class Sum {
 public:
  explicit Sum(const TensorView& of)
      : rows_(of.shape[1]), dim_(of.shape[2]), sums_(static_cast<std::size_t>(of.size())) {}

  /// Row `row` of head `head` gains factor * x, x (dim).
  void add(std::int64_t head, std::int64_t row, double factor, const TensorView& x) {
    double* to = sums_.data() + (head * rows_ + row) * dim_;
    for (std::int64_t i = 0; i < dim_; ++i) to[i] += factor * load_element(x.dtype, x.data, i);
  }

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

struct Sums {
  std::vector<Sum> queries;  // one a query set
  std::vector<Sum> keys;     // one a segment
  std::vector<Sum> values;   // one a segment
};

/// p = e^(logit - log_sum_exp);  dV += p dO;  dlogit = p (dO.v - dO.out + dlog_sum_exp);
/// dq += scale dlogit k;  dk += scale dlogit q.
void add_query(const AttentionGradientArgs& args,
               const AttentionShape& shape,
               std::int64_t head,
               std::int64_t query,
               Sums& sums) {
  const double log_sum_exp = *args.log_sum_exp.at(0, head).at(0, query).as<float>();
  if (log_sum_exp == -HUGE_VAL) return;
  const TensorView out_gradient = args.out_gradient.at(0, head).at(0, query);
  double shift = -dot(out_gradient, args.out.at(0, head).at(0, query));
  if (!args.log_sum_exp_gradient.empty()) {
    shift += *args.log_sum_exp_gradient.at(0, head).at(0, query).as<float>();
  }
  const std::int64_t kv_head = kv_head_of(shape, head);
  for (const AttendedKey& key : attended_keys(forward_of(args), shape, head, query)) {
    const KeySegment& segment = args.segments[key.segment];
    const auto set = static_cast<std::size_t>(segment.query_set);
    const double weight = std::exp(key.logit - log_sum_exp);
    const TensorView value = segment.values.at(0, kv_head).at(0, key.slot);
    const double logit_gradient = weight * (dot(out_gradient, value) + shift);
    sums.values[key.segment].add(kv_head, key.slot, weight, out_gradient);
    sums.queries[set].add(
        head, query, args.scale * logit_gradient, segment.keys.at(0, kv_head).at(0, key.slot));
    sums.keys[key.segment].add(
        kv_head, key.slot, args.scale * logit_gradient, args.queries[set].at(0, head).at(0, query));
  }
}

}  // namespace

void attention_gradient(const AttentionGradientArgs& args) {
  const AttentionShape shape = check(args);
  Sums sums;
  for (const TensorView& queries : args.queries) sums.queries.emplace_back(queries);
  for (const KeySegment& segment : args.segments) {
    sums.keys.emplace_back(segment.keys);
    sums.values.emplace_back(segment.values);
  }
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    for (std::int64_t query = 0; query < shape.queries; ++query) {
      add_query(args, shape, head, query, sums);
    }
  }
  for (std::size_t set = 0; set < args.queries.size(); ++set) {
    sums.queries[set].write(args.query_gradients[set]);
  }
  for (std::size_t i = 0; i < args.segments.size(); ++i) {
    sums.keys[i].write(args.segment_gradients[i].keys);
    sums.values[i].write(args.segment_gradients[i].values);
  }
}

}  // namespace heddle::attention::reference
