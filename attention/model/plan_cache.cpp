#include "attention/model/plan_cache.h"

namespace heddle::attention {

std::shared_ptr<const BlockPlan> PlanCache::get(const Pattern& pattern,
                                                int heads,
                                                std::int64_t rows,
                                                PlanForm form) {
  const int plan_heads = pattern.per_head() ? heads : 1;
  const std::lock_guard lock(mutex_);
  std::erase_if(plans_, [](const auto& entry) { return entry.second.expired(); });
  auto& slot = plans_[{pattern.text(), plan_heads, rows, form}];
  std::shared_ptr<const BlockPlan> made = slot.lock();
  if (!made) {
    const PlanShape shape = {.heads = plan_heads, .queries = rows, .keys = rows};
    made = std::make_shared<const BlockPlan>(
        form == PlanForm::kInOrder ? plan_in_order(pattern, shape) : plan(pattern, shape));
    slot = made;
  }
  return made;
}

}  // namespace heddle::attention
