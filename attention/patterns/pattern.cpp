#include "attention/patterns/pattern.h"

#include "attention/patterns/pattern_node.h"

namespace heddle::attention {

bool Pattern::attends(int head, std::int64_t q, std::int64_t k) const {
  return node_->attends(head, q, k);
}

std::string Pattern::text() const { return node_->text(); }

bool Pattern::per_head() const { return node_->per_head(); }

void require_range(std::string_view argument,
                   std::int64_t value,
                   std::int64_t low,
                   std::int64_t high) {
  if (low <= value && value <= high) return;
  throw OutOfRange(std::string(argument) + " must lie in [" + std::to_string(low) + ", " +
                   std::to_string(high) + "], got " + std::to_string(value));
}

}  // namespace heddle::attention
