#pragma once
// One object as the many-object association keeps it.

#include "attention/memory/rolling_memory.h"
#include "io/record.h"
#include "io/snapshot.h"
#include "pipeline/associations/box_filter.h"

#include <cstdint>
#include <optional>

namespace heddle::pipeline {

struct TrackedObject {
  explicit TrackedObject(const Box& box) : first_box(box), motion(box) {}

  std::int64_t id = 0;  // 0 until confirmed
  Box first_box;
  BoxFilter motion;
  io::Track::State state = io::Track::State::kNew;
  double score = 0;
  int hits = 0;                          // detections so far
  int moving_hits = 0;                   // those in which its pixels changed
  int misses = 0;                        // frames since the last one
  double first_seen = 0, last_seen = 0;  // seconds
  double last_area = 0;                  // of its last detection
  double usual_area = 0;  // of its box, little moved by the moments when it is half hidden
  bool growing = false;   // still coming into view
  std::optional<double> grouped_since;  // seconds: shares one blob with others
  bool overdue = false;                 // for too long: it gets the blob in this frame or ends
  std::optional<attention::RollingMemory> memory;
  std::int64_t remembered_at = 0;  // frame of the last sight
  bool matched = false;            // in this frame

  bool confirmed() const { return id > 0; }
  void snapshot(io::Snapshot& s);
};

}  // namespace heddle::pipeline
