#pragma once
// Fixed blocks (Sparse Transformer, arXiv 1904.10509, section 4.3): a query attends to its own
// block of `block` keys, and to the last `summary` keys of every block, which stand for the rest of
// theirs; causal: of those, to keys k <= q.
//   q / block == k / block, or k % block >= block - summary
// Arguments: fixed(BLOCK,SUMMARY[,causal]), in positions, 1 <= SUMMARY <= BLOCK; else
// std::invalid_argument.

#include "attention/patterns/pattern_list.h"

namespace heddle::attention {

/// Its row in the list. Threads: constant.
PatternRow fixed_row();

}  // namespace heddle::attention
