#include "attention/patterns/run_writer.h"

#include <algorithm>

namespace heddle::attention {
namespace {

/// The tighter of two bounds of one side where it limits nothing on the other's tiles.
bool join_low(std::int64_t& low, std::int64_t next_low, std::int64_t least_in_next) {
  if (low == next_low) return true;
  return next_low == -kOpenBand && low <= least_in_next;
}

bool join_high(std::int64_t& high, std::int64_t next_high, std::int64_t most_in_run) {
  if (high == next_high) return true;
  if (high != kOpenBand || next_high < most_in_run) return false;
  high = next_high;
  return true;
}

}  // namespace

RunWriter::RunWriter(BlockPlan& plan, std::int64_t first_row) : plan_(plan), row_(first_row - 1) {
  plan_.row_begin.clear();
  plan_.runs.clear();
  plan_.bits.clear();
  plan_.work.clear();
}

void RunWriter::start_row() {
  plan_.row_begin.push_back(static_cast<std::int64_t>(plan_.runs.size()));
  ++row_;
  last_bits_ = -1;
  const std::int64_t block = plan_.first_query / plan_.query_block + row_ % plan_.query_blocks();
  queries_ = overlap({block * plan_.query_block, (block + 1) * plan_.query_block},
                     {plan_.first_query, plan_.first_query + plan_.queries});
}

std::int64_t RunWriter::store(std::span<const std::uint64_t> bits) {
  if (last_bits_ >= 0 && std::equal(bits.begin(), bits.end(), plan_.bits.begin() + last_bits_)) {
    return last_bits_;
  }
  last_bits_ = static_cast<std::int64_t>(plan_.bits.size());
  plan_.bits.insert(plan_.bits.end(), bits.begin(), bits.end());
  return last_bits_;
}

void RunWriter::add(const Place& place,
                    const TileShape& shape,
                    std::span<const std::uint64_t> bits) {
  std::int64_t argument = 0;
  if (shape.kind == TileKind::kPrefix) argument = shape.prefix;
  if (shape.kind == TileKind::kBits) argument = store(bits);
  const std::int64_t torn_end = (place.keys.begin / plan_.key_block + 1) * plan_.key_block;
  if (place.keys.begin % plan_.key_block != 0 && torn_end < place.keys.end) {
    Place torn = place;
    torn.keys.end = torn_end;
    add_blocks(torn, shape, argument);
    const Place rest{
        place.segment, place.first_slot + torn.keys.size(), {torn_end, place.keys.end}};
    add_blocks(rest, shape, argument);
  } else {
    add_blocks(place, shape, argument);
  }
}

void RunWriter::add_blocks(const Place& place, const TileShape& shape, std::int64_t argument) {
  TileRun run{.first_slot = place.first_slot, .first_key = place.keys.begin};
  run.keys = place.keys.size();
  run.count = (run.keys + plan_.key_block - 1) / plan_.key_block;
  run.lo = shape.lo;
  run.hi = shape.hi;
  run.argument = argument;
  run.segment = place.segment;
  run.kind = shape.kind;
  const bool first_of_row = static_cast<std::int64_t>(plan_.runs.size()) == plan_.row_begin.back();
  if (!first_of_row && extends(plan_.runs.back(), run) &&
      (run.kind != TileKind::kBand || join_bands(plan_.runs.back(), run))) {
    plan_.runs.back().keys += run.keys;
    plan_.runs.back().count += run.count;
  } else {
    plan_.runs.push_back(run);
  }
}

bool RunWriter::extends(const TileRun& run, const TileRun& next) const {
  if (run.kind != next.kind || run.segment != next.segment || run.kind == TileKind::kPrefix) {
    return false;
  }
  const std::int64_t words = (plan_.key_block + 63) / 64;
  const bool bits_follow = run.argument + run.count * plan_.query_block * words == next.argument;
  return run.first_key % plan_.key_block == 0 && run.keys % plan_.key_block == 0 &&
         run.first_key + run.keys == next.first_key &&
         run.first_slot + run.keys == next.first_slot &&
         (run.kind != TileKind::kBits || bits_follow);
}

bool RunWriter::join_bands(TileRun& run, const TileRun& next) const {
  const std::int64_t least_in_next = next.first_key - (queries_.end - 1);
  const std::int64_t most_in_run = run.first_key + run.keys - 1 - queries_.begin;
  return join_low(run.lo, next.lo, least_in_next) && join_high(run.hi, next.hi, most_in_run);
}

void RunWriter::repeat_row(std::int64_t rows) {
  const auto begin = static_cast<std::size_t>(plan_.row_begin.back());
  const std::size_t count = plan_.runs.size() - begin;
  const std::size_t pointers = plan_.row_begin.size();
  plan_.row_begin.resize(pointers + static_cast<std::size_t>(rows));
  plan_.runs.resize(plan_.runs.size() + static_cast<std::size_t>(rows) * count);
  const TileRun* from = plan_.runs.data() + begin;
  TileRun* to = plan_.runs.data() + begin + count;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t moved = (row + 1) * plan_.query_block;
    plan_.row_begin[pointers + static_cast<std::size_t>(row)] = to - plan_.runs.data();
    for (std::size_t i = 0; i < count; ++i, ++to) {
      *to = from[i];
      to->first_slot += moved;
      to->first_key += moved;
    }
  }
  row_ += rows;
  queries_ = {queries_.begin + rows * plan_.query_block, queries_.end + rows * plan_.query_block};
}

void RunWriter::finish() {
  plan_.row_begin.push_back(static_cast<std::int64_t>(plan_.runs.size()));
  build_work_list(plan_);
}

void append_rows(const BlockPlan& part, BlockPlan& plan) {
  const auto runs = static_cast<std::int64_t>(plan.runs.size());
  const auto words = static_cast<std::int64_t>(plan.bits.size());
  for (const std::int64_t begin : part.row_begin) plan.row_begin.push_back(runs + begin);
  plan.runs.insert(plan.runs.end(), part.runs.begin(), part.runs.end());
  for (auto run = plan.runs.begin() + runs; run != plan.runs.end(); ++run) {
    if (run->kind == TileKind::kBits) run->argument += words;
  }
  plan.bits.insert(plan.bits.end(), part.bits.begin(), part.bits.end());
}

}  // namespace heddle::attention
