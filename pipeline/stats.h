#pragma once
// What a run did, stage by stage. Counters are written by many threads and read after the run or by
// a progress bar.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace heddle::pipeline {

/// Upper bounds, in seconds, of the classes that calls of a stage are counted in by how long they
/// took; one more class has no bound.
inline constexpr std::array kStageBounds = {
    0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0};
using StageClasses = std::array<std::int64_t, kStageBounds.size() + 1>;

struct StageStats {
  std::string name;
  std::int64_t items = 0;
  std::int64_t failures = 0;
  double busy_seconds = 0;      // summed over threads
  double longest_seconds = 0;   // one item
  double finished_seconds = 0;  // of busy_seconds, without items that are on their way
  StageClasses classes{};       // not cumulative
};

struct RunReport {
  std::int64_t entered = 0;          // samples the feed gave
  std::int64_t left = 0;             // items that reached the sinks, failures among them
  std::int64_t dropped = 0;          // entered == left + dropped + unstarted, always
  std::int64_t unstarted = 0;        // inside when the run was stopped, and let go (kDropUnstarted)
  std::int64_t failed = 0;           // left as a failure record
  std::int64_t most_live = 0;        // most items alive at once
  std::int64_t source_position = 0;  // as Feed::position()
  bool stopped = false;              // by request_stop(), before all that the feed has had left
  std::vector<StageStats> stages;    // feed first, sinks last
};

/// Thread-safe accumulation behind StageStats.
class StageClock {
 public:
  void add(double seconds, bool failed);
  StageStats stats(std::string name) const;

 private:
  std::atomic<std::int64_t> items_{0};
  std::atomic<std::int64_t> failures_{0};
  std::atomic<std::int64_t> busy_nanoseconds_{0};
  std::atomic<std::int64_t> longest_nanoseconds_{0};
  std::array<std::atomic<std::int64_t>, kStageBounds.size() + 1> classes_{};
};

}  // namespace heddle::pipeline
