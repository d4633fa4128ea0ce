#pragma once
// Many objects by their boxes alone: each box attends to the objects' memories (box_memory.h) and
// to 'new', whose logit is constant. The joint choice, one box an object, is the assignment of the
// greatest summed log-odds against 'new'; the softmax over the objects and 'new' says how sure a
// claim is, and an object learns the less from a box the less sure it is. Boxes of high score
// choose among all objects, then those of low score among the objects in view (as in ByteTrack).
//
// Objects that are not seen go on by their long-term velocity, with growing doubt, and may be
// claimed again for `lost_seconds`. How restless objects are, and how far they stray from where
// they were going, is learned from the stream itself: frame rates and moving cameras differ more
// than one setting could cover.
// Threads: one association a stream, calls must not overlap. Memory: bounded by the boxes of
// lost_seconds. Ids count up from 1 and are never used again.
//
// Example: heddle video --detections det.txt --fps 25 -o tracks.txt

#include "pipeline/associations/box_association.h"
#include "pipeline/associations/box_memory.h"

#include <cstdint>
#include <vector>

namespace heddle::pipeline {

struct BoxAttentionSettings {
  BoxMemorySettings memory;
  double high_score = 0.4;       // boxes from here on choose first, and among the lost too
  double low_score = 0.1;        // those below are not looked at
  double start_score = 0.45;     // an unclaimed box from here on may be a new object
  double newcomer = -16;         // logit of 'new' for a box of high score
  double low_newcomer = -9;      // and of low score
  double lost_price = 4.5;       // off the logit of an object that is out of view
  double border_price = 2.4;     // and again for a box at the border of the picture
  double confirm = 1.2;          // summed scores of its boxes before a newcomer gets an id
  double confirm_seconds = 0.1;  // and the time that they must span
  double doubled = 0.42;         // IoU with a claimed box from which on a box starts nothing
  double lost_seconds = 6;       // an unseen object ends after this
  double learn_pace = 0.08;      // how fast the pace follows the surprises, an object a frame
  double learn_drift = 0.1;      // how fast the drift follows what objects do, an object a second
};

class BoxAttention : public BoxAssociation {
 public:
  explicit BoxAttention(const BoxAttentionSettings& settings = {}) : settings_(settings) {}
  std::vector<io::Track> update(const io::Frame& frame, std::span<const Detection> boxes) override;
  void snapshot(io::Snapshot& snapshot) override {
    snapshot(step_, last_seconds_, objects_, frames_, next_id_);
  }

 private:
  struct Object {
    std::int64_t id = 0;  // 0 until it is sure
    BoxMemory memory;
    double evidence = 0;  // of a newcomer: summed scores
    double score = 0;
    int hits = 0;
    int misses = 0;                        // frames since it was seen
    double first_seen = 0, last_seen = 0;  // seconds
    bool back = false;                     // seen again after it was lost

    void snapshot(io::Snapshot& s) {
      s(id, memory, evidence, score, hits, misses, first_seen, last_seen, back);
    }
  };
  struct Claim;
  struct Round;

  void attend(Round& round, bool high);
  void accept(Round& round, const Claim& claim);
  void start(Round& round);
  bool is_sure(const Object& newcomer, const io::Frame& frame) const;
  void retire(const io::Frame& frame);
  void learn(const Round& round);
  std::vector<io::Track> seen_tracks(const io::Frame& frame);

  BoxAttentionSettings settings_;
  Step step_;
  double last_seconds_ = 0;
  std::vector<Object> objects_;
  std::int64_t frames_ = 0;
  std::int64_t next_id_ = 1;
};

}  // namespace heddle::pipeline
