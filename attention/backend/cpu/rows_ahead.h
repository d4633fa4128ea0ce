#pragma once
// What comes next, as the kernels ask for it while they work on what is there: rows of keys,
// values, queries, sums. Only a matter of time. Threads: pure functions.

#include "attention/backend/cpu/attention_operands.h"
#include "attention/backend/cpu/attention_panel.h"

#include <algorithm>
#include <cstdint>

namespace heddle::attention::cpu {

/// Rows [first, first + count) of a matrix.
RowsAhead rows_ahead(const Matrix& from, std::int64_t first, int count);

/// `bytes` bytes from `data` on.
RowsAhead bytes_ahead(const void* data, std::int64_t bytes);

/// Part `part` of `parts` equal ones.
RowsAhead share_of(const RowsAhead& rows, int part, int parts);
Ahead share_of(const Ahead& ahead, int part, int parts);

}  // namespace heddle::attention::cpu
