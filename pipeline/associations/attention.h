#pragma once
// Many objects: the motion detector's proposals of each frame, which may be pieces of an object or
// several in one, -> identities. (A detector's boxes go through box_attention.h.) Motion (a Kalman
// filter an object) decides where it is clear; where several objects could be meant, attention
// read-out from each object's own memory decides. A newcomer is compared with the lost objects that
// could have come so far before it gets an id: the one whose memory knows it takes it over.
//
// Embeddings are computed only when they can change the outcome or the memory: for proposals that
// more than one object could claim; for newcomers while an object is lost; and for one refreshing
// sight an object every `remember_every` frames while nothing overlaps it. At most `looks` a frame.
// Threads: one association a stream, calls must not overlap. Memory: bounded by
// MotionSettings::maximum_objects and lost_seconds, whatever the length; ended objects are dropped.
// Ids count up from 1 and are never used again.

#include "io/record.h"
#include "io/sample.h"
#include "io/snapshot.h"
#include "pipeline/associations/appearance.h"
#include "pipeline/associations/tracked_object.h"
#include "pipeline/detectors/detection.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace heddle::pipeline {

struct AssociationSettings {
  bool memory = true;            // off: motion alone; nothing is looked at or remembered
  int confirm_hits = 3;          // detections before an object gets an id
  double confirm_seconds = 0.2;  // and the time they must span
  double confirm_travel = 0.3;   // and of its scale, how far it must have moved: things that only
                                 // flicker or changed once in place are not objects
  double lost_seconds = 6;       // a lost object ends after this
  double trust_growth = 2;       // and after this many times as long as it was seen
  double show_lost_seconds = 1;  // its predicted place is reported this long
  double group_seconds = 8;      // objects that share one blob for longer are one
  int remember_every = 8;        // frames
  std::size_t looks = 4;         // embeddings a frame, at most
  double gate = 0.9;             // of an object's scale: how far from its prediction it may be
  double gate_growth = 0.12;     // of the scale, a frame while lost
  double gate_limit = 6;         // of the scale
  double grow_seconds = 0.8;     // a newcomer still coming into view may wait this long to be known
  double appearance_weight = 3;  // of (1 - likeness) against the motion cost, which is 0..1
  double recover_likeness = 0.6;  // a lost object comes back only if it looks like itself
};

class AttentionAssociation {
 public:
  /// Borrows `net`, which may be null when settings.memory is off (std::invalid_argument else).
  AttentionAssociation(const AssociationSettings& settings, TrackingNet* net);

  /// One frame's proposals, in order -> the records of its objects, by id.
  std::vector<io::Track> update(const io::Frame& frame, std::vector<Detection> detections);

  /// All objects end, for `frame` has nothing to do with them: their last records, by id.
  std::vector<io::Track> end_all(const io::Frame& frame);

  /// Between two frames.
  void snapshot(io::Snapshot& snapshot);

  std::size_t live_objects() const { return objects_.size(); }
  std::int64_t looks() const { return looks_; }             // embeddings computed so far
  std::int64_t identities() const { return next_id_ - 1; }  // given so far

 private:
  struct Match {
    std::size_t object = 0, detection = 0;
  };
  struct Round;  // what one update works on

  void predict();
  void hold_groups(Round& round);
  std::vector<Match> match(Round& round);
  double motion_cost(const TrackedObject& object, const Box& box) const;
  double likeness(Round& round, const TrackedObject& object, std::size_t detection);
  void weigh_appearance(Round& round, std::vector<double>& costs);
  void accept(Round& round, const Match& match);
  void start_objects(Round& round);
  bool ready(const TrackedObject& object, const io::Frame& frame) const;
  bool reachable(const TrackedObject& lost, const Box& box) const;
  std::vector<std::size_t> newcomers(const Round& round) const;
  void name_newcomers(Round& round);
  void take_over(TrackedObject& lost, TrackedObject& newcomer) const;
  void remember(Round& round);
  void retire(const io::Frame& frame, std::vector<io::Track>& records);

  AssociationSettings settings_;
  std::optional<AppearanceReader> reader_;
  std::vector<TrackedObject> objects_;
  std::int64_t next_id_ = 1;
  std::int64_t looks_ = 0;
};

}  // namespace heddle::pipeline
