#pragma once
// Many objects by their boxes, and by their looks where there are frames and a network: each box
// attends to the objects' memories (box_memory.h) and
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
#include "pipeline/associations/camera_motion.h"
#include "pipeline/associations/looks.h"
#include "pipeline/associations/tremble.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace heddle::pipeline {

struct BoxAttentionSettings {
  BoxMemorySettings memory;
  double high_score = 0.4;    // boxes from here on choose first, and among the lost too
  double low_score = 0.1;     // those below are not looked at
  double start_score = 0.45;  // an unclaimed box from here on may be a new object
  double newcomer = -16;      // logit of 'new' for a box of high score
  double low_newcomer = -7;   // and of low score
  double lost_price = 4.5;    // off the logit of an object that is out of view
  double usual_gaps = 0.03;   // share of boxes that come after a short gap; where there are fewer,
  double gap_price = 1;       // being lost costs this for every e-th part
  double border_price = 2.4;  // and again for a box at the border of the picture
  double confirm = 1.2;       // summed scores of its boxes before a newcomer gets an id
  double confirm_seconds = 0.1;  // and the time that they must span
  double doubled = 0.42;         // IoU with a claimed box from which on a box starts nothing
  double lost_seconds = 6;       // an unseen object ends after this
  double learn_pace = 0.08;      // how fast the pace follows the surprises, an object a frame
  double learn_drift = 0.1;      // how fast the drift follows what objects do, an object a second
  double learn_tremble = 0.003;  // how fast the boxes' noise is learned, an object a frame, at last
  double usual_tremble =
      0.003;                   // what told boxes are smoothed in full for, shares of sides, squared
  double blurred = 0.0003;     // boxes that tremble more are as noisy as `memory` says
  double crisp = 0.0001;       // boxes that tremble less are crisp
  double crisp_jitter = 0.65;  // of jitter, of wholly crisp boxes
  double crisp_doubled = 0.75;  // in place of `doubled`, of wholly crisp boxes
  double at_once = 0.8;         // a newcomer of this score is told from its first box on
  double at_once_trust = 0.85;  // while so many of those before it turned out to be objects
  double cut = 5.5;             // trembles by which a box at the border must be too short to be cut
  double rest_overlap = 0.25;   // IoU from which on an object and a box that are left over are one
  double waiting_fit = -30;     // a newcomer that fits somebody just missed so well waits
  double sure_return = 0.35;    // certainty below which a lost object is not taken to be back
  std::size_t looks = 4;        // embeddings a frame, at most
  double look_weight = 1;       // of their log-odds
  double look_reach = 6;        // a pair whose logit is this far off is not worth a look
  double look_every = 0.3;      // seconds between two sights that are remembered
  double look_covered = 0.3;    // share of a box under others from which on a look tells little
  double show_lost_seconds = 0;  // a lost object's expected place is told so long, as 'lost'
};

class BoxAttention : public BoxAssociation {
 public:
  /// Borrows `net`; without one nothing is looked at.
  explicit BoxAttention(const BoxAttentionSettings& settings = {}, TrackingNet* net = nullptr);
  std::vector<io::Track> update(const io::Frame& frame, std::span<const Detection> boxes) override;
  /// A frame that no detector saw: all objects in view go on by motion, with scores that halve in
  /// half a second.
  std::vector<io::Track> go_on(const io::Frame& frame);
  void end_all() override;
  /// All objects end; what was learned of the stream stays.
  void begin_scene();
  void snapshot(io::Snapshot& snapshot) override;

  std::int64_t looks() const { return looks_ ? looks_->taken() : 0; }  // embeddings so far
  std::int64_t identities() const { return next_id_ - 1; }             // given so far

 private:
  struct Object {
    std::int64_t id = 0;  // 0 until it is told
    bool proved = false;  // no newcomer any more
    BoxMemory memory;
    LookMemory looks;
    Tremble tremble;
    double evidence = 0;  // of a newcomer: summed scores
    double score = 0;
    int hits = 0;
    int misses = 0;                        // frames since it was seen
    double first_seen = 0, last_seen = 0;  // seconds
    bool back = false;                     // seen again after it was lost
    bool promising = false;                // its first score was high

    void snapshot(io::Snapshot& s) {
      s(id, proved, memory, looks, tremble, evidence, score, hits, misses, first_seen, last_seen);
      s(back, promising);
    }
  };
  struct Claim;
  struct Round;  // what one update works on
  struct Pairs;  // objects and boxes that may belong together

  double crispness() const;
  void predict(const io::Frame& frame);
  void follow_camera(const io::Frame& frame);
  void attend(Round& round, bool high);
  Pairs pairs(const Round& round, bool high) const;
  void look(Round& round, Pairs& pairs);
  Detection whole(const Detection& seen, const Object& object, const io::Frame& frame) const;
  static double certainty(const Pairs& pairs, std::size_t object, std::size_t box);
  void accept(Round& round, const Claim& claim);
  void join_rest(Round& round);
  void start(Round& round);
  bool is_promising(const Detection& newcomer) const;
  bool is_proved(const Object& newcomer, const io::Frame& frame) const;
  bool is_told(const Object& newcomer) const;
  void prove(const io::Frame& frame);
  void retire(const io::Frame& frame);
  void learn(const Round& round);
  void remember(const Round& round);
  std::vector<io::Track> tracks(const io::Frame& frame, bool detected);

  BoxAttentionSettings settings_;
  std::optional<Looks> looks_;
  CameraMotion camera_;
  Step step_;
  double last_seconds_ = 0;
  BoxMemorySettings sharp_;    // settings_.memory for boxes as crisp as the stream's
  double tremble_;             // of the stream's boxes, shares of their sides, squared
  std::int64_t trembles_ = 0;  // that it was learned from
  double gaps_;                // share of boxes that come after a short gap
  double trust_ = 1;           // share of promising newcomers that were objects
  std::vector<Object> objects_;
  std::int64_t frames_ = 0;  // of the scene
  std::int64_t next_id_ = 1;
};

}  // namespace heddle::pipeline
