#pragma once
// Look-alikes seen beside the target, followed at constant velocity so that a hidden target is not
// taken up again on one of them.

#include "io/snapshot.h"
#include "pipeline/heads/tracks_look.h"
#include "pipeline/heads/tracks_settings.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace heddle::pipeline {

class Rivals {
 public:
  explicit Rivals(const FollowSettings& settings) : settings_(settings) {}

  /// One frame's look-alike peaks. `target`: where the target is seen, or nothing while it is lost
  /// (new look-alikes are then not started: one of them could be the target).
  void update(const std::vector<Peak>& alike,
              const std::optional<Box>& target,
              double scale,
              std::int64_t frame);
  /// `box` is a known look-alike's, not the target's: before the update, on predictions.
  bool claims(const Box& box, const Box& expected) const;
  /// The same for a returning target: seen look-alikes of this frame, and unseen ones where they
  /// are predicted.
  bool owns(const Peak& peak, const Box& expected) const;
  bool any() const { return !rivals_.empty(); }
  bool any_certain() const;
  void snapshot(io::Snapshot& s) { s(rivals_, owned_); }

 private:
  struct Rival {
    double x = 0, y = 0;            // now, predicted while unseen
    double seen_x = 0, seen_y = 0;  // when last seen
    double vx = 0, vy = 0;
    std::int64_t seen = 0;  // frame
    double strength = 0;    // of its peaks, a running mean
    int hits = 1;           // beside the target
  };
  bool certain(const Rival& rival) const { return rival.hits >= settings_.rival_hits; }
  void match(const std::vector<Peak>& alike,
             std::vector<bool>& taken,
             double scale,
             std::int64_t frame,
             bool beside);

  FollowSettings settings_;
  std::vector<Rival> rivals_;
  std::vector<Peak> owned_;  // peaks of this frame that belong to certain rivals
};

}  // namespace heddle::pipeline
