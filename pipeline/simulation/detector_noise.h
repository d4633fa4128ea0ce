#pragma once
// What a detector would have said of frames whose true boxes are known: the truth made worse in the
// ways in which detectors are wrong. For judging associations where there are no frames to detect
// in, under noise of known size.
//
// An object is missed the more surely the less of it is visible, and in runs of frames rather than
// one by one; its box jitters, by a share of its sides that grows as it is covered; some boxes come
// twice; some are of nothing, and stay for a few frames; a score tells roughly how visible the
// object was. Visibility is the truth's ninth column or, where that is missing or negative, what
// boxes whose lower edges are lower, and so nearer, leave free.
// The same truth, noise and seed give the same boxes with the same build; another's C library may
// round log, cos and exp otherwise in their last bits. Threads: any.
//
// Example: heddle eval simulate gt.txt --seed 2 -o det.txt

#include "io/formats/mot_rows.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::pipeline {

struct DetectorNoise {
  std::uint64_t seed = 1;
  double jitter = 0.03;          // standard deviation of a visible object's box, share of its sides
  double hidden_jitter = 0.08;   // and of one that is hardly visible
  double half_visible = 0.35;    // visibility at which an object is missed every other time
  double visible_spread = 0.06;  // how gradually
  double mood = 0.08;  // how far half_visible wanders for an object, in visibility: lasting misses
  double best_recall = 0.97;  // of an object in full view
  double doubles = 0.02;      // share of boxes that come twice
  double false_share = 0.03;  // false boxes, a true one
  double false_frames = 3;    // that a false box stays, in the mean
};

/// Boxes by frame, as rows of a detector's file: id is that of the object in the truth, -1 for a
/// false box; confidence 0..1. True rows marked 0, and where there are classes all that is not a
/// pedestrian, are not there.
std::vector<io::MotRow> simulate_detector(std::span<const io::MotRow> truth,
                                          const DetectorNoise& noise);

}  // namespace heddle::pipeline
