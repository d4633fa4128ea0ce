#pragma once
// The looks that an association may take at a frame: a few embeddings, each box at most once, and
// what they say for an object that is remembered. What they are worth is learned (look_odds.h).
// Threads: one object a stream, calls must not overlap. Steady state allocates only the sights of
// a frame.

#include "io/sample.h"
#include "io/snapshot.h"
#include "pipeline/associations/appearance.h"
#include "pipeline/associations/look_odds.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace heddle::pipeline {

/// An object's looks; empty until it was seen clearly.
struct LookMemory {
  std::optional<attention::RollingMemory> sights;
  double seen_at = 0;  // seconds, of the last sight
  void snapshot(io::Snapshot& s);
};

class Looks {
 public:
  explicit Looks(TrackingNet& net) : reader_(net) {}  // borrows

  /// A frame with so many boxes, at which `most` looks may be taken.
  void begin(const io::Frame& frame, std::size_t boxes, std::size_t most);
  bool left() const { return left_ > 0; }
  /// Box `index` of the frame, if it was looked at or may still be.
  bool see(std::size_t index, const Box& box);

  /// Log-odds that what was seen in box `index` is the remembered object; 0 where it was not seen
  /// or nothing is remembered.
  double odds(std::size_t index, const LookMemory& memory);
  /// Box `index` (seen) belongs to the object without doubt: remembers it.
  void remember(std::size_t index, LookMemory& memory);
  /// And not to this one.
  void tell_apart(std::size_t index, const LookMemory& other);

  std::int64_t taken() const { return taken_; }
  void snapshot(io::Snapshot& s) { s(taken_, odds_); }

 private:
  AppearanceReader reader_;
  LookOdds odds_;
  const io::Frame* frame_ = nullptr;  // of begin()
  std::vector<std::optional<Sight>> sights_;
  std::size_t left_ = 0;
  std::int64_t taken_ = 0;
};

}  // namespace heddle::pipeline
