#pragma once
// Follows one object, whatever it is, from a box in its first frame: through deformation, among
// look-alikes, and back from occlusion by its memory. The track logic of the reference tracker.
// Threads: one stream, calls must not overlap. Memory: 7 blocks of 1024 cells, 3.7 MB an object in
// f32, whatever the length.

#include "attention/memory/rolling_memory.h"
#include "io/record.h"
#include "io/sample.h"
#include "pipeline/box.h"
#include "pipeline/heads/tracks_look.h"
#include "pipeline/heads/tracks_rivals.h"
#include "pipeline/heads/tracks_settings.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace heddle::pipeline {

class Follower {
 public:
  /// Starts on `box` of `frame`; borrows `viewer`. Throws std::invalid_argument when the box has no
  /// area or lies outside the frame.
  Follower(const FollowSettings& settings, Viewer& viewer, const io::Frame& frame, const Box& box);

  /// One that snapshot() puts back.
  Follower(const FollowSettings& settings, Viewer& viewer);
  void snapshot(io::Snapshot& snapshot);

  /// The next frame. A lost object is searched for in every frame, after settings.rest_after in
  /// every rest_every-th, and ends after end_after; without memory it ends at once, since nothing
  /// is left to know it by. Does nothing once the object ended.
  void step(const io::Frame& frame);

  /// The next frame belongs to another scene: the object is lost, may come back anywhere, and what
  /// looked like it is gone.
  void leave_scene();

  Box box() const { return centred_box(cx_, cy_, width_, height_); }  // amodal; predicted when lost
  double visible() const { return visible_; }  // the peak that was accepted, or what was left of it
  io::Track::State state() const { return state_; }

 private:
  struct Sighting {
    double visible = 0;
    Box box;
  };

  /// Where it was and how it moved.
  struct Way {
    double cx = 0, cy = 0, width = 0, height = 0, vx = 0, vy = 0;
  };

  Sighting nearest_of(const std::vector<Peak>& peaks, const Box& expected) const;
  double reach(const Box& expected) const;
  std::vector<Peak> as_like_as_itself(std::vector<Peak> alike) const;
  std::optional<Sighting> truer(const std::vector<Peak>& alike,
                                const Sighting& followed,
                                const Box& expected);
  Sighting track(const io::Frame& frame, const Box& expected);
  Sighting search(const io::Frame& frame, const Box& expected);
  double doubted(const Sighting& sighting, const Box& expected) const;
  bool reachable(const Box& box, const Box& expected) const;
  LookRequest request(const Box& expected, double sigma) const;
  void roam(const io::Frame& frame, LookRequest& request) const;
  void accept(const Sighting& sighting);
  void lose(const Box& expected);
  void step_back();
  double crop_side() const;
  bool scans() const;
  bool resting() const;
  bool gone() const;

  FollowSettings settings_;
  Viewer* viewer_;
  attention::RollingMemory memory_;
  Rivals rivals_;
  double cx_ = 0, cy_ = 0, width_ = 0, height_ = 0, vx_ = 0, vy_ = 0;
  std::deque<Way> ways_;  // of the last frames in which it was seen, the oldest first
  double usual_peak_ = 0.9;
  double threshold_ = 0;  // of this frame
  double visible_ = 1;
  std::int64_t steps_ = 0, remembered_at_ = 0, returned_at_ = 0;
  int doubts_ = 0;             // frames in a row below settings_.drop
  int contradictions_ = 0;     // looks in a row in which something else is truer
  std::int64_t lost_ = 0;      // frames since last seen
  std::int64_t searches_ = 0;  // looks since last seen
  io::Track::State state_ = io::Track::State::kNew;
};

}  // namespace heddle::pipeline
