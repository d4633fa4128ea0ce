#pragma once
// A rolling memory inside a snapshot. Puts back only into a memory of the same spec
// (io::SnapshotError else).

#include "attention/memory/rolling_memory.h"
#include "io/snapshot.h"

#include <sstream>
#include <utility>

namespace heddle::pipeline {

inline void snapshot_memory(io::Snapshot& snapshot, attention::RollingMemory& memory) {
  std::ostringstream saved;
  if (!snapshot.loading()) memory.save(saved);
  std::string bytes = std::move(saved).str();
  snapshot(bytes);
  if (!snapshot.loading()) return;
  std::istringstream from(bytes);
  try {
    memory.restore(from);
  } catch (const std::runtime_error& error) {
    throw io::SnapshotError(error.what());
  }
}

}  // namespace heddle::pipeline
