#pragma once
// The fourth part of the contract with the module: plans that are chosen from queries and keys on
// the device, without the host. Groups of 64 queries attend their own block of keys, causally, and
// the best of the blocks before it: moba(block, top, queries=64) and quest(block, top, queries=64)
// of selectors.h. One call enqueues summaries of blocks, scores, the choice, the plan's rows and
// the schedule that an AttentionCall then walks.
//
// Given the same scores, rows are the bytes of the plan that the host makes (ties to the smaller
// block, NaN last); given the same f32 operands, scores are the host's bit for bit, too. The
// schedule holds the plan's pairs; the order of its stages is its own.
//
// Queues, pointers, threads and errors: as in operation_api.h. A selection belongs to one queue at
// a time.

#include "attention/backend/cuda/module_api.h"

#include <cstdint>

namespace heddle::attention::cuda {

enum class BlockScore : std::int32_t {
  kMean = 0,   // query . mean key (MoBA, arXiv 2502.13189)
  kBound = 1,  // the largest that the box around the block's keys allows (Quest, arXiv 2406.10774)
};

/// Queries and keys at positions [0, tokens). At most 32768 blocks, and 6144 groups of 64 keys that
/// one query attends.
struct SelectionShape {
  std::int32_t heads = 1;
  std::int32_t kv_heads = 1;
  std::int64_t tokens = 0;
  std::int32_t dim = 0;
  std::int32_t block = 64;  // keys; a multiple of 64
  std::int32_t top = 1;     // blocks that a group attends, its own among them
  BlockScore score = BlockScore::kMean;
};

struct SelectionCall {
  void* selection = nullptr;  // of make
  Operand queries;
  Operand keys;
  /// (heads, groups, blocks) instead of those of queries and keys, which are then not read.
  const float* scores = nullptr;
};

/// Where a call's results lie, until the next: as BlockPlan's, for blocks of 64 x 64.
struct SelectedRows {
  const std::int64_t* row_begin = nullptr;  // (heads * groups + 1)
  const TileRun* runs = nullptr;
  std::int64_t most_runs = 0;
  const void* schedule = nullptr;  // AttentionCall::schedule
  const Stage* stages = nullptr;   // and what it holds
  const StageMask* masks = nullptr;
  const Item* items = nullptr;
  std::int64_t item_count = 0;
  std::int64_t stage_count = 0;  // with gaps between items
};

struct SelectionApi {
  bool (*make)(const SelectionShape& shape, void** made);
  bool (*free)(void* selection);
  bool (*rows)(const void* selection, SelectedRows* rows);
  bool (*select)(const SelectionCall& call);  // enqueued
  /// As ModuleApi::time_attention.
  bool (*time_select)(const SelectionCall& call, int repeats, int rounds, float* milliseconds);
};

}  // namespace heddle::attention::cuda
