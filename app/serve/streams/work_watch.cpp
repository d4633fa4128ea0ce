#include "app/serve/streams/work_watch.h"

namespace heddle::app::serve {
namespace {

constexpr auto kStalledAfter = std::chrono::seconds(10);

}  // namespace

void WorkWatch::look(const pipeline::RunReport& report, Clock::Time now) {
  const bool idle = report.entered == report.left + report.dropped + report.unstarted;
  std::int64_t steps = report.entered;
  double worked = 0;
  for (const pipeline::StageStats& stage : report.stages) {
    steps += stage.items;
    worked += stage.busy_seconds;  // also of an item that is on its way
  }
  const bool computed = steps != steps_ || worked != worked_;
  steps_ = steps;
  worked_ = worked;
  if (idle || computed) ++beats_;
  if (idle || computed || report.left != left_) moved_ = now;
  left_ = report.left;
  stalls_ = now - moved_ >= kStalledAfter;
}

}  // namespace heddle::app::serve
