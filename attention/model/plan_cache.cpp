#include "attention/model/plan_cache.h"

namespace heddle::attention {

std::shared_ptr<const BlockPlan> PlanCache::get(const Pattern& pattern,
                                                int heads,
                                                std::int64_t rows) {
  const int plan_heads = pattern.per_head() ? heads : 1;
  const std::lock_guard lock(mutex_);
  std::erase_if(plans_, [](const auto& entry) { return entry.second.expired(); });
  auto& slot = plans_[{pattern.text(), plan_heads, rows}];
  std::shared_ptr<const BlockPlan> made = slot.lock();
  if (!made) {
    made = std::make_shared<const BlockPlan>(
        plan(pattern, {.heads = plan_heads, .queries = rows, .keys = rows}));
    slot = made;
  }
  return made;
}

}  // namespace heddle::attention
