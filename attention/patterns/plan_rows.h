#pragma once
// The one loop that makes plans: a row's pieces, swept, written. Whoever describes the pieces
// chooses the coordinates: positions, or numbers within a strand.

#include "attention/patterns/pattern_node.h"

#include <functional>
#include <vector>

namespace heddle::attention {

/// Appends the pieces of one row: head, the region that its queries and all keys span, the list.
using DescribeRow = std::function<void(int, const Region&, std::vector<Piece>&)>;

/// `shape` as require_shape() wants it; rows for each head where `per_head`. Keys lie in segment 0
/// from slot 0. `describe` is called from several threads where there are many rows.
BlockPlan plan_rows(const PlanShape& shape, bool per_head, const DescribeRow& describe);

/// Throws OutOfRange naming the first extent outside its bounds.
void require_shape(const PlanShape& shape);

}  // namespace heddle::attention
