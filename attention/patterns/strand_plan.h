#pragma once
// Plans of the pieces with a step, strand by strand (Strands in block_plan.h), for patterns whose
// shifts() are alike. Strands whose queries and keys have the same numbers share a plan, so that
// planning costs the tiles of at most a few strands, whatever the stride.
// Threads: uses TBB; the same bytes for any number. Errors: none.

#include "attention/patterns/pattern.h"

namespace heddle::attention {

/// The pairs of pieces with a step that no piece without one holds. `stride` is the pattern's, at
/// least 2. No strands (stride 0) where there is no such pair.
Strands plan_strands(const Pattern& pattern, const PlanShape& shape, std::int64_t stride);

}  // namespace heddle::attention
