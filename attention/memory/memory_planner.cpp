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
    : block_(spec.block), tile_(tile_of(spec)), near_(tile_, tile_), mask_(tile_, tile_) {}

int MemoryPlanner::plan_heads(const Call& call) const {
  const MemorySpec& spec = call.tiers->spec();
  const bool choosing = call.args->read_past && searchable_blocks(spec) > 0 && spec.top_k > 0;
  return choosing || call.args->near->per_head() ? static_cast<int>(call.args->queries.shape[0])
                                                 : 1;
}

void MemoryPlanner::make_room(const Call& call) {
  const MemorySpec& spec = call.tiers->spec();
  const auto rows = plan_heads(call) * (call.args->queries.shape[1] / tile_ + 2);
  const std::int64_t searchable = searchable_blocks(spec);
  const std::int64_t chosen =
      spec.top_k == 0 ? searchable
                      : std::min<std::int64_t>(searchable, std::int64_t{tile_} * spec.top_k);
  const std::int64_t past = 1 + 2 * spec.sink_blocks + spec.ring_blocks + chosen;
  const std::int64_t tiles =
      (past + spec.compressed.blocks) * (block_ / tile_) + call.live.size() / tile_ + 4;
  const auto most = static_cast<std::size_t>(rows * tiles);
  plan_.row_begin.reserve(static_cast<std::size_t>(rows) + 1);
  plan_.runs.reserve(most);
  plan_.work.reserve(most);
  plan_.bits.reserve(most * static_cast<std::size_t>(tile_));
}

const BlockPlan& MemoryPlanner::make(const Call& call) {
  plan_.query_block = tile_;
  plan_.key_block = tile_;
  plan_.heads = plan_heads(call);
  plan_.first_query = call.args->first;
  plan_.queries = call.args->queries.shape[1];
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
    add_tokens(call, writer);
    add_sinks(call, writer);
    add_long(call, writer, head);
    add_compressed(call, writer);
  }
  while (more_near_) add_near(call, writer, stretch_.count);
}

void MemoryPlanner::add_tokens(const Call& call, RunWriter& writer) {
  if (!call.tiers->has_tokens()) return;
  const std::int64_t tokens = call.tiers->spec().memory_tokens;
  writer.add(
      {static_cast<std::int32_t>(MemorySegment::kTokens), 0, {0, tokens}}, {TileKind::kFull}, {});
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
  if (searchable_blocks(call.tiers->spec()) == 0) return;
  for (const auto& chosen : call.retrieval->row(*call.tiers, head, writer.row_queries())) {
    add_chosen(call, writer, chosen);
  }
}

void MemoryPlanner::add_compressed(const Call& call, RunWriter& writer) {
  const MemorySpec& spec = call.tiers->spec();
  if (spec.compressed.blocks == 0) return;
  const std::int64_t newest = writer.row_queries().begin / block_ - spec.ring_blocks;
  const PositionRange blocks = overlap({newest - spec.compressed.blocks + 1, newest + 1},
                                       {spec.sink_blocks, call.tiers->closed_blocks()});
  for (std::int64_t block = blocks.begin; block < blocks.end; ++block) {
    const std::int64_t first = block * block_;
    writer.add({static_cast<std::int32_t>(MemorySegment::kCompressed),
                call.tiers->compressed_slot(block),
                {first, first + block_ / spec.compressed.ratio}},
               {TileKind::kFull},
               {});
  }
}

void MemoryPlanner::add_chosen(const Call& call, RunWriter& writer, const Retrieval::Chosen& one) {
  const PositionRange rows = writer.row_queries();
  const std::int64_t block = one.block;
  const std::uint64_t chosen = one.queries;
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
