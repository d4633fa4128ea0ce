#pragma once
// Associations that look at boxes alone: ours, and those of the literature that it is measured by,
// behind one interface.

#include "io/record.h"
#include "io/sample.h"
#include "io/snapshot.h"
#include "pipeline/detectors/detection.h"
#include "pipeline/item.h"
#include "pipeline/per_lane.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

/// One a stream; calls must not overlap.
class BoxAssociation {
 public:
  virtual ~BoxAssociation() = default;
  /// One frame's boxes, in order of time -> the objects seen in it, by id. Ids count up from 1 and
  /// are never used again.
  virtual std::vector<io::Track> update(const io::Frame& frame,
                                        std::span<const Detection> boxes) = 0;
  /// All objects end: nothing that comes has to do with them.
  virtual void end_all() = 0;
  /// Objects that update() told of and that no later one will, each once, by id: records of `frame`
  /// with state 'ended', where they were expected last. Kept until they are asked for.
  std::vector<io::Track> take_ended(const io::Frame& frame);
  /// All that update() goes by but the settings; between a take_ended() and the next update().
  virtual void snapshot(io::Snapshot& snapshot) = 0;

 protected:
  /// An object goes; one that has no id (0) was never told.
  void end(std::int64_t id, const Box& box);

 private:
  struct Ended {
    std::int64_t id = 0;
    Box box;
  };
  std::vector<Ended> ended_;
};

/// The record of an object seen in `frame`; `fresh`: for the first time.
io::Track track_of(
    const io::Frame& frame, std::int64_t id, const Box& box, double score, bool fresh);

/// Their names: ours, then the others in order of publication.
std::vector<std::string_view> box_associations();
/// Throws std::invalid_argument naming the choices.
std::unique_ptr<BoxAssociation> make_box_association(std::string_view name);

/// In the path: one association a lane. Reads item.detections as the motion stage leaves them,
/// appends an io::Track an object to item.records, and one an object that ended. Behind a gap of
/// more than kLongGapSeconds it begins anew: boxes say nothing over so long a time.
class BoxAssociationStage : public Stage {
 public:
  explicit BoxAssociationStage(std::string association) : association_(std::move(association)) {}
  std::string_view name() const override { return "associate"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  void process(Item& item) override;
  StageState save() override { return {StageState::kNothing, lanes_.save()}; }
  void load(const std::string& bytes) override;
  static constexpr double kLongGapSeconds = 6;

 private:
  struct Lane {
    std::unique_ptr<BoxAssociation> association;  // since the last long gap
    double last_seconds = 0;                      // of the frame before
    std::int64_t given = 0;                       // identities: before that gap
    std::int64_t highest = 0;                     // and in all

    void snapshot(io::Snapshot& s) { s(*association, last_seconds, given, highest); }
  };
  std::unique_ptr<Lane> make_lane() const;

  std::string association_;
  PerLane<Lane> lanes_;
};

}  // namespace heddle::pipeline
