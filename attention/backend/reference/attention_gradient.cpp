#include "attention/backend/reference/attention_gradient.h"

#include "attention/backend/reference/attended_keys.h"
#include "attention/backend/reference/gradient_sums.h"

#include <cmath>

namespace heddle::attention::reference {
namespace {

/// p = e^(logit - log_sum_exp);  dV += p dO;  dlogit = p (dO.v - dO.out + dlog_sum_exp);
/// dq += scale dlogit k;  dk += scale dlogit q.
void add_query(const AttentionGradientArgs& args,
               const AttentionShape& shape,
               std::int64_t head,
               std::int64_t query,
               GradientSums& sums) {
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
  GradientSums sums(forward_of(args));
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    for (std::int64_t query = 0; query < shape.queries; ++query) {
      add_query(args, shape, head, query, sums);
    }
  }
  sums.write(args.query_gradients, args.segment_gradients);
}

}  // namespace heddle::attention::reference
