#pragma once
// The one loop that makes plans: a row's pieces, swept, written. Whoever describes the pieces
// chooses the coordinates: positions, or numbers within a strand.

#include "attention/patterns/pattern_node.h"

#include <functional>
#include <vector>

namespace heddle::attention {

/// Appends the pieces of one row: head, the region that its queries and all keys span, the list.
using DescribeRow = std::function<void(int, const Region&, std::vector<Piece>&)>;

struct RowKinds {
  bool per_head = false;  // rows for each head
  bool alike = false;     // as Shifts: rows that no end of the keys cuts are one row, moved
};

/// `shape` as require_shape() wants it. Keys lie in segment 0 from slot 0. `describe` is called
/// from several threads where there are many rows that are not alike. Where rows are alike, the
/// first that no end cuts is swept and the others are copies, moved: the bytes of sweeping each.
BlockPlan plan_rows(const PlanShape& shape, const RowKinds& kinds, const DescribeRow& describe);

/// Throws OutOfRange naming the first extent outside its bounds.
void require_shape(const PlanShape& shape);

}  // namespace heddle::attention
