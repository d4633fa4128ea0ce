#pragma once
// A pattern that was chosen at run time: for each block of queries, the key blocks it attends. What
// selectors make; it composes with all other patterns, and costs its lists.
// Threads: a value.

#include "attention/patterns/pattern.h"

#include <cstdint>
#include <vector>

namespace heddle::attention {

/// Rows are (heads, query blocks); row r lists blocks[row_begin[r] .. row_begin[r + 1]), ascending.
struct BlockLists {
  int heads = 1;                  // 1: all heads share the rows; else head h has row list h % heads
  std::int64_t query_block = 64;  // positions a query block; queries beyond the last attend nothing
  std::int64_t key_block = 64;
  std::vector<std::int64_t> row_begin = {0};
  std::vector<std::int64_t> blocks;

  std::int64_t rows() const { return (static_cast<std::int64_t>(row_begin.size()) - 1) / heads; }
};

/// Throws std::invalid_argument where rows do not divide by heads or a list does not ascend. Its
/// text() says how much is listed; it is no config text.
Pattern listed(BlockLists lists);

}  // namespace heddle::attention
