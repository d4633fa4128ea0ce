#pragma once
// The plan of one attend(): for each row of queries, which tier speaks for which position.
//
// By the law at the top of rolling_memory.h; the choices of long-term blocks are made before
// (retrieval.h). A compressed block is one short run at the block's own position, so that tiles
// still merge in the order of time; memory tokens come first, as if they lay at position 0. All
// blocks read position-free are closed before q's block; the open block is read through `near`.
// Allocates only when a call is larger than every one before. Not thread-safe.
// Units: positions and rows. Errors: none; attend() checked the call.

#include "attention/memory/live_stage.h"
#include "attention/memory/retrieval.h"
#include "attention/patterns/row_sweep.h"
#include "attention/patterns/run_writer.h"

namespace heddle::attention {

enum class MemorySegment : std::int32_t { kTokens, kSinks, kRing, kLong, kLive, kCompressed };

class MemoryPlanner {
 public:
  explicit MemoryPlanner(const MemorySpec& spec);

  /// Positions a tile: divides the block, at most 64.
  int tile() const { return tile_; }
  struct Call {
    const MemoryTiers* tiers = nullptr;
    const RollingMemory::Attend* args = nullptr;
    Retrieval* retrieval = nullptr;
    PositionRange live;  // that the live segment holds
  };
  /// Room for the plan of a call and of each of its parts, so that a stream's steady state never
  /// grows a vector.
  void make_room(const Call& call);
  const BlockPlan& make(const Call& call);

 private:
  int plan_heads(const Call& call) const;
  void add_row(const Call& call, RunWriter& writer, int head);
  Region near_region(const Call& call, PositionRange queries) const;
  void add_tokens(const Call& call, RunWriter& writer);
  void add_sinks(const Call& call, RunWriter& writer);
  void add_long(const Call& call, RunWriter& writer, int head);
  void add_chosen(const Call& call, RunWriter& writer, const Retrieval::Chosen& chosen);
  void add_compressed(const Call& call, RunWriter& writer);
  void add_near(const Call& call, RunWriter& writer, std::int64_t tiles);
  void add_masked(RunWriter& writer, const RunWriter::Place& place);
  void next_near();

  std::int64_t block_;
  int tile_;
  BlockPlan plan_;
  RowSweep near_;
  RowSweep::Stretch stretch_;  // of near_, not written yet
  bool more_near_ = false;
  TileMask mask_;
};

}  // namespace heddle::attention
