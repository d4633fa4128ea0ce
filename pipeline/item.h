#pragma once
// The message that crosses the graph, and the stage that works on it.

#include "attention/tensor/tensor.h"
#include "io/record.h"
#include "io/sample.h"
#include "pipeline/detectors/detection.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

/// A segment of a sequence on the model's own grid (core plus halo on both sides), cut from pieces
/// by the feed.
struct Segment {
  std::string sequence;  // name
  io::Sequence::Kind kind = io::Sequence::Kind::kContig;
  std::int64_t core_begin = 0;  // positions whose results count: [core_begin, core_end)
  std::int64_t core_end = 0;
  std::int64_t begin = 0;  // position of bases[0]; negative where the halo leaves a linear sequence
  std::string bases;       // a window that the model takes, N beyond the ends
  std::shared_ptr<const io::Placement> placement;       // of an aligned read, on its first segment
  std::shared_ptr<const io::AlignmentRecords> records;  // of the read, on its first segment
  bool first = false;                                   // of its sequence
  bool last = false;
  bool circular = false;
  std::int64_t length = -1;  // of the whole sequence, when known; always known on `last`
};

/// What a later run needs to go on with a stage behind some item: `bytes` of its state, and the
/// items from `replay_from` on again, without their results. The bytes alone (kNothing), the items
/// alone (of all, or since its state was last empty), or, of a stage without state, neither.
struct StageState {
  static constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::max();
  std::int64_t replay_from = 0;
  std::string bytes;

  void snapshot(auto& s) { s(replay_from, bytes); }
};

/// A place where a run can be taken up again: `items` have left it, the stages are as they were
/// right behind the last of them.
struct Checkpoint {
  std::int64_t items = 0;
  std::vector<StageState> stages;

  void snapshot(auto& s) { s(items, stages); }
};

struct Item {
  std::int64_t number = 0;  // order of entry; results leave in this order
  int lane = 0;             // which stream: stateful stages keep one state a lane
  std::optional<io::Frame> frame;
  std::optional<Segment> segment;
  attention::Tensor outputs;          // what the model or scan said, shape by the head's contract
  std::vector<Detection> detections;  // proposals in the frame
  std::vector<io::Record> records;
  std::optional<io::Failure>
      failure;            // set by the guard when a stage threw; later stages pass it on
  std::size_t bytes = 0;  // what the limiter counted for it
  bool replayed = false;  // an earlier run had its results: for the stages that need it again
  std::unique_ptr<Checkpoint> mark;  // the stages leave their state here behind it
};

/// How a stage may be called: serial (one item at a time, in order), per lane (in order within a
/// lane), or any.
enum class Concurrency : std::uint8_t { kSerial, kPerLane, kUnlimited };

/// One step of the path. An exception thrown by process() becomes the item's Failure;
/// std::logic_error stops the run.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual std::string_view name() const = 0;
  virtual Concurrency concurrency() const = 0;
  virtual void process(Item& item) = 0;
  /// An earlier stage failed on this item: a stateful stage notes the hole. Called in the stage's
  /// order instead of process().
  virtual void skip(Item& /*item*/) {}
  /// Its state behind the item that it worked on last; called where process() could be. By default
  /// a later run works on everything again, which is always right.
  virtual StageState save() { return {}; }
  /// Puts back the bytes of save(), if there were any, before the first item. Throws
  /// io::SnapshotError.
  virtual void load(const std::string& /*bytes*/) {}
  /// Stages that work on several items at once (kUnlimited only): the most they take in one call.
  virtual int batch_size() const { return 1; }
  /// When it throws over several items, each is tried again alone, with the records it came with:
  /// what else it has written to them by then is written again and must bear that.
  virtual void process_batch(std::span<Item*> items) {
    for (Item* item : items) process(*item);
  }
};

}  // namespace heddle::pipeline
