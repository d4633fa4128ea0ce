#pragma once
// How many (query, key) pairs a plan attends: the work that a mask needs, which speeds are quoted
// on whatever a kernel computes beside it.
// Threads: a plain function. Errors: none; the plan is valid.

#include "attention/patterns/block_plan.h"

#include <cstdint>

namespace heddle::attention {

/// Over all of the plan's rows and strands; a plan with heads == 1 is counted once. Linear in runs
/// times query_block, and in words for bits.
std::int64_t attended_pairs(const BlockPlan& plan);

}  // namespace heddle::attention
