#pragma once
// Which keys a query attends, read literally from the plan's row. Linear in the row's keys.

#include "attention/backend/attention_checks.h"

#include <cstdint>
#include <vector>

namespace heddle::attention::reference {

/// Key `slot` of segment `segment`, its absolute position, and its logit scale * q.k, summed in
/// double.
struct AttendedKey {
  std::size_t segment = 0;
  std::int64_t slot = 0;
  std::int64_t position = 0;
  double logit = 0;
};

/// Of one head, in the row's order, then in the strand's.
std::vector<AttendedKey> attended_keys(const AttentionArgs& args,
                                       const AttentionShape& shape,
                                       std::int64_t head,
                                       std::int64_t query);

inline std::int64_t kv_head_of(const AttentionShape& shape, std::int64_t head) {
  return head * shape.kv_heads / shape.heads;
}

/// The sum over i of a[i] * b[i], both (n).
double dot(const TensorView& a, const TensorView& b);

}  // namespace heddle::attention::reference
