#pragma once
// Device operands strand by strand (Strands in block_plan.h): views, nothing is moved. Threads:
// pure functions.

#include "attention/backend/cuda/module_api.h"
#include "attention/patterns/block_plan.h"

namespace heddle::attention::cuda {

/// Whether one call can do all strands of the plan, with `keys` slots in segment 0: each strand has
/// as many queries and keys as any other, and starts at the same number.
bool strands_align(const BlockPlan& plan, std::int64_t keys);

/// All strands. The operand's rows are a multiple of `stride`.
Operand strands_of(const Operand& whole, std::int64_t stride);
/// The rows of one strand.
Operand strand_of(const Operand& whole, std::int64_t stride, const StrandRows& rows);

}  // namespace heddle::attention::cuda
