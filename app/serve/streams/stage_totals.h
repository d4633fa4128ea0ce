#pragma once
// What the stages of all streams did since the daemon began, by kind and stage: sums that only
// grow, also when a stream goes. Threads: every call from any.

#include "pipeline/stats.h"

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace heddle::app::serve {

class StageTotals {
 public:
  using Key = std::pair<std::string, std::string>;  // kind of stream, stage

  /// What one stream's stages did since `told`, which becomes `now`.
  void add(const std::string& kind,
           const std::vector<pipeline::StageStats>& now,
           std::vector<pipeline::StageStats>& told);
  std::map<Key, pipeline::StageStats> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<Key, pipeline::StageStats> totals_;
};

}  // namespace heddle::app::serve
