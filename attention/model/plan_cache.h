#pragma once
// Plans of one model by pattern and shape, made once and shared by every workspace that needs them;
// a plan lives as long as a workspace holds it. Threads: safe.
// Errors: those of plan().

#include "attention/patterns/pattern.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

namespace heddle::attention {

enum class PlanForm : std::uint8_t { kAny, kInOrder };  // plan() or plan_in_order()

class PlanCache {
 public:
  /// The plan of `rows` queries at positions [0, rows) over as many keys.
  std::shared_ptr<const BlockPlan> get(const Pattern& pattern,
                                       int heads,
                                       std::int64_t rows,
                                       PlanForm form = PlanForm::kAny);

 private:
  std::mutex mutex_;
  std::map<std::tuple<std::string, int, std::int64_t, PlanForm>, std::weak_ptr<const BlockPlan>>
      plans_;
};

}  // namespace heddle::attention
