#include "app/serve/streams/stage_totals.h"

namespace heddle::app::serve {

void StageTotals::add(const std::string& kind,
                      const std::vector<pipeline::StageStats>& now,
                      std::vector<pipeline::StageStats>& told) {
  const std::scoped_lock lock(mutex_);
  told.resize(now.size());
  for (std::size_t i = 0; i < now.size(); ++i) {
    pipeline::StageStats& total = totals_[{kind, now[i].name}];
    total.name = now[i].name;
    total.failures += now[i].failures - told[i].failures;
    total.finished_seconds += now[i].finished_seconds - told[i].finished_seconds;
    for (std::size_t c = 0; c < total.classes.size(); ++c) {
      total.classes[c] += now[i].classes[c] - told[i].classes[c];
    }
  }
  told = now;
}

std::map<StageTotals::Key, pipeline::StageStats> StageTotals::all() const {
  const std::scoped_lock lock(mutex_);
  return totals_;
}

}  // namespace heddle::app::serve
