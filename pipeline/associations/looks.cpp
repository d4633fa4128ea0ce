#include "pipeline/associations/looks.h"

#include "pipeline/memory_snapshot.h"

namespace heddle::pipeline {

void LookMemory::snapshot(io::Snapshot& s) {
  bool remembers = sights.has_value();
  s(seen_at, remembers);
  if (!remembers) return;
  if (s.loading()) sights.emplace(sight_memory_spec());
  snapshot_memory(s, *sights);
}

void Looks::begin(const io::Frame& frame, std::size_t boxes, std::size_t most) {
  frame_ = &frame;
  sights_.clear();
  sights_.resize(boxes);
  left_ = most;
}

bool Looks::see(std::size_t index, const Box& box) {
  auto& sight = sights_[index];
  if (sight) return true;
  if (left_ == 0) return false;
  --left_;
  ++taken_;
  reader_.look(*frame_, box, sight.emplace());
  return true;
}

double Looks::odds(std::size_t index, const LookMemory& memory) {
  if (!sights_[index] || !memory.sights) return 0;
  return odds_.of(reader_.likeness(*sights_[index], *memory.sights));
}

void Looks::remember(std::size_t index, LookMemory& memory) {
  const Sight& sight = *sights_[index];
  if (memory.sights) {
    odds_.learn_own(reader_.likeness(sight, *memory.sights));
  } else {
    memory.sights.emplace(sight_memory_spec());
  }
  memory.sights->append(sight.keys.view(), sight.values.view());
  memory.seen_at = frame_->seconds;
}

void Looks::tell_apart(std::size_t index, const LookMemory& other) {
  if (sights_[index] && other.sights) {
    odds_.learn_other(reader_.likeness(*sights_[index], *other.sights));
  }
}

}  // namespace heddle::pipeline
