#pragma once
// What kernels see of any pattern, selector or memory: for each block of queries, runs of key
// blocks in ascending key position. The plan is made on the host and only read by a kernel; kernels
// know no pattern by name.
//
// Layout: CSR rows (64-bit row pointers), row = plan_head * query_blocks + query_block. A row holds
// TileRuns: dense rows and wide bands cost one entry. Key blocks are anchored at absolute position
// 0: a run starts at a multiple of key_block, or lies inside one torn block. A row's tiles ascend
// by key block, then by segment (two segments may share a block, each with its own mask), and never
// overlap within one segment. Determinism: a kernel merges tiles in this order (not by slot), and a
// row is cut for parallel work only at absolute multiples of kSplitKeyBlocks key blocks, always,
// whether or not threads ask for it; so that a query's bits depend neither on chunking nor on the
// number of threads. A masked key counts exactly nothing: a tile that masks a query wholly, and a
// part that holds no key of it, leave its running maximum, sum and output as they were.
//
// A plan may have a second half, its strands: pairs whose positions differ by multiples of a
// stride, as bands among every stride-th position. A query's keys in its row come first, then those
// in its strand, and the two softmax parts merge in that order; no pair is in both.

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::attention {

enum class TileKind : std::uint8_t {
  kFull,    // every pair attends
  kBand,    // lo <= key position - query position <= hi
  kPrefix,  // the first `argument` keys of the run attend, for every query
  kBits,    // one bit a pair: bits[argument + (tile * query_block + row) * words + word], words =
            // ceil(key_block / 64), row = q % query_block; runs may share their words
};

/// Positions and slots lie below it, so that sums and differences with a band's open side fit.
inline constexpr std::int64_t kMaxPosition = std::int64_t{1} << 60;
/// A side of a band that limits nothing: lo = -kOpenBand, hi = kOpenBand.
inline constexpr std::int64_t kOpenBand = std::int64_t{1} << 61;

/// `count` consecutive key blocks of one kind in one segment.
struct TileRun {
  std::int64_t first_slot = 0;  // row of the segment's key tensor where the run's first key lies
  std::int64_t first_key =
      0;  // absolute position of that key; key j of the run has position first_key + j
  std::int64_t count =
      0;  // key blocks in the run; the run spans `keys` keys, only the last block may be short
  std::int64_t keys = 0;      // (count - 1) * key_block < keys <= count * key_block
  std::int64_t lo = 0;        // band
  std::int64_t hi = 0;        // band
  std::int64_t argument = 0;  // prefix: keys; bits: first word
  std::int32_t segment = 0;   // which key segment (live, ring, sink, long-term ...)
  TileKind kind = TileKind::kFull;

  bool operator==(const TileRun&) const = default;
};

/// A part of one row that one thread does: tiles [first_tile, first_tile + tiles) counted over the
/// row's runs. A row's parts are numbered in key order; partial results merge through the
/// log-sum-exp in that order.
struct WorkItem {
  std::int64_t row = 0;
  std::int64_t first_tile = 0;
  std::int64_t tiles = 0;
  std::int32_t part = 0;
  std::int32_t parts = 1;

  bool operator==(const WorkItem&) const = default;
};

/// Rows are cut where the absolute key block index is a multiple of this.
inline constexpr std::int64_t kSplitKeyBlocks = 64;

struct BlockPlan;

/// The residue classes of positions modulo `stride`. Strand c holds positions c, c + stride,
/// c + 2 stride ...: number i of it is position c + i * stride. In numbers a strided or dilated
/// pattern is a band, and a strand's queries, keys and outputs are strided views of the operands
/// (strand_rows), so that the permutation costs no gather. Keys lie in segment 0.
struct Strands {
  std::int64_t stride = 0;            // 0: the plan has none; else at least 2
  std::int64_t first_key = 0;         // position of slot 0
  std::vector<BlockPlan> plans;       // in numbers: queries, keys and slots count within one strand
  std::vector<std::int32_t> plan_of;  // (stride): the plan that strand c follows

  bool operator==(const Strands&) const;
};

struct BlockPlan {
  int query_block = 64;
  int key_block = 64;
  int heads = 1;                 // 1: every head shares the rows
  std::int64_t first_query = 0;  // absolute position of query 0
  std::int64_t queries =
      0;  // query block b holds positions of absolute block first_query / query_block + b
  std::vector<std::int64_t> row_begin;  // (heads * query_blocks + 1)
  std::vector<TileRun> runs;
  std::vector<std::uint64_t> bits;
  std::vector<WorkItem> work;  // longest first, ties by row then part; a row without keys has one
                               // item of 0 tiles
  Strands strands;

  std::int64_t query_blocks() const;
  std::int64_t tiles() const;  // over all rows; those of plans that strands share count once
  bool operator==(const BlockPlan&) const = default;
};

/// Rows first, first + stride, ... of a view, `count` of them.
struct StrandRows {
  std::int64_t first = 0;
  std::int64_t count = 0;
};
/// Of `rows` positions from `first` on, those that lie in strand `strand`.
StrandRows strand_rows(std::int64_t stride,
                       std::int64_t strand,
                       std::int64_t first,
                       std::int64_t rows);

/// Makes the work list of a plan whose rows are complete. Deterministic.
void build_work_list(BlockPlan& plan);

/// Does the plan let query position q attend key position k in plan head h? For tests: linear in
/// the row.
bool attends(const BlockPlan& plan, int head, std::int64_t q, std::int64_t k);

/// Throws std::invalid_argument naming the first broken promise (order, overlap, bounds, row
/// pointers). That the pairs of rows and strands are apart is the maker's promise, not checked.
void validate(const BlockPlan& plan);

}  // namespace heddle::attention
