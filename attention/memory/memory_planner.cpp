#include "attention/memory/memory_planner.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace heddle::attention {
namespace {

constexpr std::int64_t kMostTile = 64;  // a row of choices is one 64-bit word

int tile_of(const MemorySpec& spec) { return static_cast<int>(std::gcd(spec.block, kMostTile)); }

}  // namespace

MemoryPlanner::MemoryPlanner(const MemorySpec& spec)
    : block_(spec.block),
      tile_(tile_of(spec)),
      near_(tile_, tile_),
      mask_(tile_, tile_),
      retrieval_(spec) {}

/// The most that this call can write, so that a stream's steady state never grows a vector.
void MemoryPlanner::make_room(const Call& call) {
  const MemorySpec& spec = call.tiers->spec();
  const auto rows = plan_.heads * plan_.query_blocks();
  const std::int64_t chosen =
      spec.top_k == 0 ? spec.long_blocks
                      : std::min<std::int64_t>(spec.long_blocks, std::int64_t{tile_} * spec.top_k);
  const std::int64_t past = 2 * spec.sink_blocks + spec.ring_blocks + chosen;
  const std::int64_t tiles = past * (block_ / tile_) + call.live.size() / tile_ + 4;
  const auto most = static_cast<std::size_t>(rows * tiles);
  plan_.row_begin.reserve(static_cast<std::size_t>(rows) + 1);
  plan_.runs.reserve(most);
  plan_.work.reserve(most);
  plan_.bits.reserve(most * static_cast<std::size_t>(tile_));
}

const BlockPlan& MemoryPlanner::make(const MemoryTiers& tiers,
                                     const RollingMemory::Attend& args,
                                     PositionRange live) {
  const Call call{&tiers, &args, live};
  const MemorySpec& spec = tiers.spec();
  const bool choosing = args.read_past && spec.long_blocks > 0 && spec.top_k > 0;
  const auto heads = static_cast<int>(args.queries.shape[0]);
  plan_.query_block = tile_;
  plan_.key_block = tile_;
  plan_.heads = choosing || args.near->per_head() ? heads : 1;
  plan_.first_query = args.first;
  plan_.queries = args.queries.shape[1];
  make_room(call);
  RunWriter writer(plan_);
  for (int head = 0; head < plan_.heads; ++head) {
    for (std::int64_t row = 0; row < plan_.query_blocks(); ++row) add_row(call, writer, head);
  }
  writer.finish();
  return plan_;
}

Region MemoryPlanner::near_region(const Call& call, PositionRange queries) const {
  const PositionRange live{call.args->live_first, call.live.end};
  if (!call.args->read_past) return {queries, live};
  const MemorySpec& spec = call.tiers->spec();
  const std::int64_t speaks = (queries.begin / block_ - spec.ring_blocks + 1) * block_;
  const std::int64_t held = std::min(call.tiers->first_ring_block() * block_, live.begin);
  return {queries, {std::max(speaks, held), live.end}};
}

void MemoryPlanner::next_near() { more_near_ = near_.next(stretch_); }

void MemoryPlanner::add_row(const Call& call, RunWriter& writer, int head) {
  writer.start_row();
  const Region region = near_region(call, writer.row_queries());
  near_.pieces().clear();
  call.args->near->node().describe(head, region, near_.pieces());
  near_.start(region);
  next_near();
  if (call.args->read_past) {
    add_sinks(call, writer);
    add_long(call, writer, head);
  }
  while (more_near_) add_near(call, writer, stretch_.count);
}

/// Closed sink blocks: every key that near does not read. A tile's sinks come before its near keys.
void MemoryPlanner::add_sinks(const Call& call, RunWriter& writer) {
  const MemorySpec& spec = call.tiers->spec();
  const std::int64_t present = std::max(call.tiers->length(), call.live.end) / block_;
  const std::int64_t closed =
      std::min({spec.sink_blocks, writer.row_queries().begin / block_, present});
  for (std::int64_t tile = 0; tile < closed * (block_ / tile_); ++tile) {
    const PositionRange keys{tile * tile_, (tile + 1) * tile_};
    const RunWriter::Place place{
        static_cast<std::int32_t>(MemorySegment::kSinks), keys.begin, keys};
    const bool met = more_near_ && stretch_.first_tile == tile;
    mask_.start(writer.row_queries(), keys);
    if (met) {
      for (const Piece& piece : near_.pieces()) mask_.add(piece);
    }
    mask_.invert();
    add_masked(writer, place);
    if (met) add_near(call, writer, 1);
  }
}

void MemoryPlanner::add_masked(RunWriter& writer, const RunWriter::Place& place) {
  if (const auto shape = mask_.shape()) writer.add(place, *shape, mask_.bits());
}

void MemoryPlanner::add_long(const Call& call, RunWriter& writer, int head) {
  const MemorySpec& spec = call.tiers->spec();
  if (spec.long_blocks == 0) return;
  const PositionRange rows = writer.row_queries();
  const std::int64_t newest = rows.begin / block_ - spec.ring_blocks;
  const PositionRange candidates =
      overlap({newest - spec.long_blocks + 1, newest + 1}, call.tiers->long_blocks_held());
  if (candidates.empty()) return;
  retrieval_.choose({call.tiers, &call.args->queries, call.args->first, head, rows, candidates});
  for (std::int64_t block = candidates.begin; block < candidates.end; ++block) {
    if (retrieval_.chosen(block) != 0) add_chosen(call, writer, block);
  }
}

void MemoryPlanner::add_chosen(const Call& call, RunWriter& writer, std::int64_t block) {
  const PositionRange rows = writer.row_queries();
  const std::uint64_t chosen = retrieval_.chosen(block);
  RunWriter::Place place{static_cast<std::int32_t>(MemorySegment::kLong),
                         call.tiers->long_slot(block),
                         {block * block_, (block + 1) * block_}};
  if (std::popcount(chosen) == rows.size()) {
    writer.add(place, {TileKind::kFull}, {});
    return;
  }
  for (; place.keys.begin < (block + 1) * block_; place.keys.begin += tile_) {
    place.keys.end = place.keys.begin + tile_;
    mask_.start(rows, place.keys);
    for (std::int64_t q = rows.begin; q < rows.end; ++q) {
      if ((chosen >> (q - rows.begin)) & 1) mask_.add_keys(q, place.keys);
    }
    add_masked(writer, place);
    place.first_slot += tile_;
  }
}

/// Writes the next `tiles` of the pending stretch, cut where the ring wraps and where the live
/// segment takes over.
void MemoryPlanner::add_near(const Call& call, RunWriter& writer, std::int64_t tiles) {
  const std::int64_t ring_rows = call.tiers->ring().slots();
  PositionRange keys{near_.keys_of(stretch_.first_tile).begin,
                     near_.keys_of(stretch_.first_tile + tiles - 1).end};
  while (!keys.empty()) {
    RunWriter::Place place{
        static_cast<std::int32_t>(MemorySegment::kLive), keys.begin - call.live.begin, keys};
    if (keys.begin < call.live.begin) {
      const std::int64_t slot = call.tiers->ring_slot(keys.begin);
      place.segment = static_cast<std::int32_t>(MemorySegment::kRing);
      place.first_slot = slot;
      place.keys.end = std::min({keys.end, call.live.begin, keys.begin + ring_rows - slot});
    }
    writer.add(place, stretch_.shape, near_.mask().bits());
    keys.begin = place.keys.end;
  }
  stretch_.first_tile += tiles;
  stretch_.count -= tiles;
  if (stretch_.count == 0) next_near();
}

}  // namespace heddle::attention
