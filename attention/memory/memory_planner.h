#pragma once
// The plan of one attend(): for each row of queries, which tier speaks for which position.
//
// With B the query's block, K the key's, R ring_blocks and L long_blocks, query q reads position k
//   near   rotated        if B - K < R and near.attends(q, k)                 (ring or live keys)
//   sinks  position-free  else if K < sink_blocks and K < B
//   long   position-free  else if B - R - L < K <= B - R and q chose block K
// and no position otherwise: at most once each, by absolute positions alone. All blocks read
// position-free are closed before q's block; the open block is read through `near`.
// Allocates only when a call is larger than every one before. Not thread-safe.

#include "attention/memory/live_stage.h"
#include "attention/memory/retrieval.h"
#include "attention/patterns/row_sweep.h"
#include "attention/patterns/run_writer.h"

namespace heddle::attention {

enum class MemorySegment : std::int32_t { kSinks, kRing, kLong, kLive };

class MemoryPlanner {
 public:
  explicit MemoryPlanner(const MemorySpec& spec);

  /// Positions a tile: divides the block, at most 64.
  int tile() const { return tile_; }
  /// `live` are the positions that the live segment holds.
  const BlockPlan& make(const MemoryTiers& tiers,
                        const RollingMemory::Attend& args,
                        PositionRange live);

 private:
  struct Call {
    const MemoryTiers* tiers = nullptr;
    const RollingMemory::Attend* args = nullptr;
    PositionRange live;
  };
  void make_room(const Call& call);
  void add_row(const Call& call, RunWriter& writer, int head);
  Region near_region(const Call& call, PositionRange queries) const;
  void add_sinks(const Call& call, RunWriter& writer);
  void add_long(const Call& call, RunWriter& writer, int head);
  void add_chosen(const Call& call, RunWriter& writer, std::int64_t block);
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
  Retrieval retrieval_;
};

}  // namespace heddle::attention
