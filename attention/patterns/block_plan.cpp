#include "attention/patterns/block_plan.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace heddle::attention {
namespace {

std::int64_t words_of(const BlockPlan& plan) { return (plan.key_block + 63) / 64; }

std::int64_t first_tile_of(const BlockPlan& plan, const TileRun& run) {
  return run.first_key / plan.key_block;
}

[[noreturn]] void broken(const std::string& what) {
  throw std::invalid_argument("block plan: " + what);
}

[[noreturn]] void broken_run(std::size_t run, const std::string& what) {
  broken("run " + std::to_string(run) + ": " + what);
}

bool bit_of(const BlockPlan& plan, const TileRun& run, std::int64_t q, std::int64_t key) {
  const std::int64_t tile = key / plan.key_block;
  const std::int64_t column = key % plan.key_block;
  const std::int64_t row = tile * plan.query_block + q % plan.query_block;
  const std::int64_t word = run.argument + row * words_of(plan) + column / 64;
  return (plan.bits[static_cast<std::size_t>(word)] >> (column % 64)) & 1;
}

bool run_attends(const BlockPlan& plan, const TileRun& run, std::int64_t q, std::int64_t k) {
  const std::int64_t key = k - run.first_key;
  if (key < 0 || key >= run.keys) return false;
  switch (run.kind) {
    case TileKind::kFull:
      return true;
    case TileKind::kBand:
      return run.lo <= k - q && k - q <= run.hi;
    case TileKind::kPrefix:
      return key < run.argument;
    case TileKind::kBits:
      return bit_of(plan, run, q, key);
  }
  broken("tile kind " + std::to_string(static_cast<int>(run.kind)) + " is not one");
}

void validate_rows(const BlockPlan& plan) {
  if (plan.query_block < 1 || plan.key_block < 1 || plan.heads < 1) {
    broken("blocks and heads must be at least 1");
  }
  if (plan.first_query < 0 || plan.queries < 0 || plan.queries > kMaxPosition - plan.first_query) {
    broken("queries must lie in [0, 2^60)");
  }
  const auto rows = static_cast<std::size_t>(plan.heads * plan.query_blocks());
  if (plan.row_begin.size() != rows + 1) {
    broken("expected " + std::to_string(rows + 1) + " row pointers, found " +
           std::to_string(plan.row_begin.size()));
  }
  if (plan.row_begin.front() != 0 ||
      !std::is_sorted(plan.row_begin.begin(), plan.row_begin.end()) ||
      plan.row_begin.back() != static_cast<std::int64_t>(plan.runs.size())) {
    broken("row pointers must rise from 0 to " + std::to_string(plan.runs.size()) + " runs");
  }
}

void validate_extent(const BlockPlan& plan, std::size_t index) {
  const TileRun& run = plan.runs[index];
  if (run.first_slot < 0 || run.first_key < 0 || run.segment < 0 || run.count < 1) {
    broken_run(index, "slot, key and segment must not be negative, and it holds at least 1 block");
  }
  if (run.first_key >= kMaxPosition || run.first_slot >= kMaxPosition ||
      run.count >= kMaxPosition / plan.key_block) {
    broken_run(index, "positions must lie in [0, 2^60)");
  }
  if (run.keys <= (run.count - 1) * plan.key_block || run.keys > run.count * plan.key_block) {
    broken_run(index,
               std::to_string(run.keys) + " keys do not fill " + std::to_string(run.count) +
                   " blocks of " + std::to_string(plan.key_block));
  }
  const std::int64_t offset = run.first_key % plan.key_block;
  if (offset != 0 && offset + run.keys > plan.key_block) {
    broken_run(index,
               "key " + std::to_string(run.first_key) + " is inside a block of " +
                   std::to_string(plan.key_block) + ", so the run must end with that block");
  }
}

void validate_kind(const BlockPlan& plan, std::size_t index) {
  const TileRun& run = plan.runs[index];
  switch (run.kind) {
    case TileKind::kFull:
      return;
    case TileKind::kBand:
      if (run.lo > run.hi) broken_run(index, "an empty band");
      return;
    case TileKind::kPrefix:
      if (run.argument < 1 || run.argument > run.keys) {
        broken_run(index, "a prefix needs 1 to " + std::to_string(run.keys) + " keys");
      }
      return;
    case TileKind::kBits: {
      const auto held = static_cast<std::int64_t>(plan.bits.size());
      const std::int64_t tile_words = plan.query_block * words_of(plan);
      if (run.argument < 0 || run.argument > held ||
          run.count > (held - run.argument) / tile_words) {
        broken_run(index, "its bits end outside the " + std::to_string(held) + " words held");
      }
      return;
    }
  }
  broken_run(index, "no such tile kind");
}

void validate_order(const BlockPlan& plan, std::size_t index) {
  const TileRun& before = plan.runs[index - 1];
  const TileRun& run = plan.runs[index];
  const std::int64_t end = first_tile_of(plan, before) + before.count - 1;
  const auto last = std::tuple(end, before.segment);
  const auto first = std::tuple(first_tile_of(plan, run), run.segment);
  const bool torn_pair = last == first && before.first_key + before.keys <= run.first_key;
  if (last >= first && !torn_pair) {
    broken_run(index, "tiles must ascend by key block, then by segment, and never overlap");
  }
}

std::int64_t row_tiles(const BlockPlan& plan) {
  std::int64_t total = 0;
  for (const TileRun& run : plan.runs) total += run.count;
  return total;
}

void validate_work(const BlockPlan& plan) {
  const auto rows = static_cast<std::int64_t>(plan.row_begin.size()) - 1;
  std::int64_t covered = 0;
  for (const WorkItem& item : plan.work) {
    if (item.row < 0 || item.row >= rows || item.first_tile < 0 || item.tiles < 0 ||
        item.part < 0 || item.part >= item.parts) {
      broken("a work item lies outside the plan's " + std::to_string(rows) + " rows");
    }
    covered += item.tiles;
  }
  if (!plan.work.empty() && covered != row_tiles(plan)) {
    broken("the work list covers " + std::to_string(covered) + " of " +
           std::to_string(row_tiles(plan)) + " tiles");
  }
}

/// Each strand follows a plan for its own queries, in its own numbers.
void validate_strands(const BlockPlan& plan) {
  const Strands& strands = plan.strands;
  if (strands.stride < 2 || std::ssize(strands.plan_of) != strands.stride) {
    broken("strands need a stride of at least 2 and as many entries, found stride " +
           std::to_string(strands.stride) + " and " + std::to_string(strands.plan_of.size()));
  }
  if (strands.first_key < 0 || strands.first_key > kMaxPosition) {
    broken("the first key of strands must lie in [0, 2^60)");
  }
  for (const BlockPlan& one : strands.plans) {
    if (one.strands.stride != 0) broken("a strand has strands");
    if (one.heads != plan.heads) broken("a strand has other heads than its plan");
    for (const TileRun& run : one.runs) {
      if (run.segment != 0) broken("a strand reads segment " + std::to_string(run.segment));
    }
    validate(one);
  }
  for (std::int64_t strand = 0; strand < strands.stride; ++strand) {
    const auto index = strands.plan_of[static_cast<std::size_t>(strand)];
    const StrandRows rows = strand_rows(strands.stride, strand, plan.first_query, plan.queries);
    if (index < 0 || index >= std::ssize(strands.plans)) {
      broken("strand " + std::to_string(strand) + " follows plan " + std::to_string(index) +
             " of " + std::to_string(strands.plans.size()));
    }
    const BlockPlan& one = strands.plans[static_cast<std::size_t>(index)];
    if (one.queries != rows.count ||
        (rows.count > 0 && one.first_query != (plan.first_query + rows.first) / strands.stride)) {
      broken("strand " + std::to_string(strand) + " follows a plan for other queries");
    }
  }
}

/// Items by falling tiles; those of equal ones stay as they are, by row, then by part. Parts end
/// with a group of kSplitKeyBlocks, so that they are counted rather than compared. A thread keeps
/// the room, for plans of rolling memory are made again each step and allocate nothing.
void longest_first(std::vector<WorkItem>& work) {
  thread_local std::vector<std::size_t> place;
  thread_local std::vector<WorkItem> sorted;
  std::int64_t most = 0;
  for (const WorkItem& item : work) most = std::max(most, item.tiles);
  if (most > 64 * kSplitKeyBlocks) {
    std::ranges::sort(work, [](const WorkItem& a, const WorkItem& b) {
      return std::tuple(-a.tiles, a.row, a.part) < std::tuple(-b.tiles, b.row, b.part);
    });
    return;
  }
  place.assign(static_cast<std::size_t>(most) + 2, 0);
  for (const WorkItem& item : work) ++place[static_cast<std::size_t>(most - item.tiles) + 1];
  for (std::size_t i = 1; i < place.size(); ++i) place[i] += place[i - 1];
  sorted.resize(work.size());
  for (const WorkItem& item : work) {
    sorted[place[static_cast<std::size_t>(most - item.tiles)]++] = item;
  }
  std::ranges::copy(sorted, work.begin());
}

/// Appends the parts of one row: consecutive tiles whose absolute key blocks share a group of
/// kSplitKeyBlocks.
void append_row_work(BlockPlan& plan, std::int64_t row) {
  const auto start = static_cast<std::ptrdiff_t>(plan.work.size());
  WorkItem part{.row = row};
  std::int64_t group = -1;
  for (std::int64_t i = plan.row_begin[row]; i < plan.row_begin[row + 1]; ++i) {
    const TileRun& run = plan.runs[i];
    std::int64_t tile = first_tile_of(plan, run);
    for (const std::int64_t end = tile + run.count; tile < end;) {
      const std::int64_t next = std::min(end, (tile / kSplitKeyBlocks + 1) * kSplitKeyBlocks);
      if (tile / kSplitKeyBlocks != group && part.tiles > 0) {
        plan.work.push_back(part);
        part.first_tile += part.tiles;
        part.tiles = 0;
        ++part.part;
      }
      group = tile / kSplitKeyBlocks;
      part.tiles += next - tile;
      tile = next;
    }
  }
  plan.work.push_back(
      part);  // a row without keys keeps one empty item: its output is still written
  for (auto item = plan.work.begin() + start; item != plan.work.end(); ++item) {
    item->parts = part.part + 1;
  }
}

}  // namespace

std::int64_t BlockPlan::query_blocks() const {
  if (queries == 0) return 0;
  return (first_query + queries - 1) / query_block - first_query / query_block + 1;
}

std::int64_t BlockPlan::tiles() const {
  std::int64_t total = row_tiles(*this);
  for (const BlockPlan& plan : strands.plans) total += row_tiles(plan);
  return total;
}

/// Written out, for the two types hold each other: clang 14 breaks off where this is defaulted.
bool Strands::operator==(const Strands& other) const {
  return stride == other.stride && first_key == other.first_key && plans == other.plans &&
         plan_of == other.plan_of;
}

StrandRows strand_rows(std::int64_t stride,
                       std::int64_t strand,
                       std::int64_t first,
                       std::int64_t rows) {
  const std::int64_t offset = (strand - first % stride + stride) % stride;
  if (offset >= rows) return {};
  return {offset, (rows - offset - 1) / stride + 1};
}

void build_work_list(BlockPlan& plan) {
  plan.work.clear();
  const auto rows = static_cast<std::int64_t>(plan.row_begin.size()) - 1;
  plan.work.reserve(static_cast<std::size_t>(rows + rows / 2));
  for (std::int64_t row = 0; row < rows; ++row) append_row_work(plan, row);
  longest_first(plan.work);
}

bool attends(const BlockPlan& plan, int head, std::int64_t q, std::int64_t k) {
  if (head < 0 || head >= plan.heads || q < plan.first_query ||
      q >= plan.first_query + plan.queries) {
    throw std::invalid_argument("attends: head " + std::to_string(head) + " or query " +
                                std::to_string(q) + " is not in the plan");
  }
  const std::int64_t block = q / plan.query_block - plan.first_query / plan.query_block;
  const std::int64_t row = head * plan.query_blocks() + block;
  for (std::int64_t i = plan.row_begin[row]; i < plan.row_begin[row + 1]; ++i) {
    if (run_attends(plan, plan.runs[i], q, k)) return true;
  }
  const Strands& strands = plan.strands;
  if (strands.stride == 0 || (q - k) % strands.stride != 0) return false;
  const auto index = strands.plan_of[static_cast<std::size_t>(q % strands.stride)];
  return attends(
      strands.plans[static_cast<std::size_t>(index)], head, q / strands.stride, k / strands.stride);
}

void validate(const BlockPlan& plan) {
  validate_rows(plan);
  for (std::size_t row = 0; row + 1 < plan.row_begin.size(); ++row) {
    const auto begin = static_cast<std::size_t>(plan.row_begin[row]);
    const auto end = static_cast<std::size_t>(plan.row_begin[row + 1]);
    for (std::size_t i = begin; i < end; ++i) {
      validate_extent(plan, i);
      validate_kind(plan, i);
      if (i > begin) validate_order(plan, i);
    }
  }
  validate_work(plan);
  if (plan.strands.stride != 0) validate_strands(plan);
}

}  // namespace heddle::attention
