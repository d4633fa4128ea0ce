#include "attention/backend/reference/attention.h"

#include "attention/backend/element.h"
#include "attention/backend/reference/attended_keys.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace heddle::attention::reference {
namespace {

void write_row(const AttentionArgs& args,
               const AttentionShape& shape,
               std::int64_t head,
               std::int64_t query) {
  const std::vector<AttendedKey> keys = attended_keys(args, shape, head, query);
  double max = -std::numeric_limits<double>::infinity();
  for (const AttendedKey& key : keys) max = std::max(max, key.logit);
  double sum = 0;
  std::vector<double> out(static_cast<std::size_t>(args.out.shape[2]));
  for (const AttendedKey& key : keys) {
    const double weight = std::exp(key.logit - max);
    const TensorView value =
        args.segments[key.segment].values.at(0, kv_head_of(shape, head)).at(0, key.slot);
    sum += weight;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] += weight * load_element(value.dtype, value.data, static_cast<std::int64_t>(i));
    }
  }
  const TensorView row = args.out.at(0, head).at(0, query);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double x = keys.empty() ? 0 : out[i] / sum;
    store_element(row.dtype, row.data, static_cast<std::int64_t>(i), static_cast<float>(x));
  }
  if (args.log_sum_exp.empty()) return;
  const TensorView cell = args.log_sum_exp.at(0, head).at(0, query);
  *cell.as<float>() = static_cast<float>(max + std::log(sum));
}

}  // namespace

void attention(const AttentionArgs& args) {
  const AttentionShape shape = check(args);
  for (std::int64_t head = 0; head < shape.heads; ++head) {
    for (std::int64_t query = 0; query < shape.queries; ++query) {
      write_row(args, shape, head, query);
    }
  }
}

}  // namespace heddle::attention::reference
