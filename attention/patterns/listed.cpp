#include "attention/patterns/listed.h"

#include "attention/patterns/pattern_node.h"

#include <algorithm>
#include <span>
#include <stdexcept>

namespace heddle::attention {
namespace {

class ListedNode final : public PatternNode {
 public:
  explicit ListedNode(BlockLists lists) : lists_(std::move(lists)) {}

  bool attends(int head, std::int64_t q, std::int64_t k) const override {
    return std::ranges::binary_search(row(head, q / lists_.query_block), k / lists_.key_block);
  }
  std::string text() const override {
    return "listed(" + std::to_string(lists_.blocks.size()) + " blocks of " +
           std::to_string(lists_.key_block) + ")";
  }
  /// A run of key blocks that the next rows list too is one piece with theirs.
  void describe(int head, const Region& region, std::vector<Piece>& pieces) const override {
    const std::int64_t begin = region.queries.begin / lists_.query_block;
    const std::int64_t end = (region.queries.end - 1) / lists_.query_block + 1;
    Row above;
    for (std::int64_t block = begin; block < end; ++block) {
      const Row own = row_inside(head, block, region.keys);
      for (std::size_t i = 0; i < own.size();) {
        const PositionRange run = run_from(own, i);
        i += static_cast<std::size_t>(run.size());
        if (has_run(above, run)) continue;
        std::int64_t last = block + 1;
        while (last < end && has_run(row_inside(head, last, region.keys), run)) ++last;
        pieces.push_back({{block * lists_.query_block, last * lists_.query_block},
                          {run.begin * lists_.key_block, run.end * lists_.key_block}});
      }
      above = own;
    }
  }
  bool per_head() const override { return lists_.heads > 1; }

 private:
  using Row = std::span<const std::int64_t>;

  static PositionRange run_from(Row row, std::size_t at) {
    PositionRange run{row[at], row[at] + 1};
    while (++at < row.size() && row[at] == run.end) ++run.end;
    return run;
  }
  /// Is this a whole run of the row, no part of a longer one?
  static bool has_run(Row row, PositionRange run) {
    const auto at =
        static_cast<std::size_t>(std::ranges::lower_bound(row, run.begin) - row.begin());
    const auto last = at + static_cast<std::size_t>(run.size()) - 1;
    return last < row.size() && row[at] == run.begin && row[last] == run.end - 1 &&
           (at == 0 || row[at - 1] != run.begin - 1) &&
           (last + 1 == row.size() || row[last + 1] != run.end);
  }
  /// The blocks of a row that keys of the region lie in.
  Row row_inside(int head, std::int64_t block, PositionRange keys) const {
    const Row all = row(head, block);
    const auto first = std::ranges::lower_bound(all, keys.begin / lists_.key_block);
    const auto last =
        std::ranges::lower_bound(all, (keys.end + lists_.key_block - 1) / lists_.key_block);
    return first < last ? Row(first, last) : Row();
  }
  Row row(int head, std::int64_t block) const {
    if (block >= lists_.rows()) return {};
    const auto at = static_cast<std::size_t>(head % lists_.heads * lists_.rows() + block);
    return std::span(lists_.blocks)
        .subspan(static_cast<std::size_t>(lists_.row_begin[at]),
                 static_cast<std::size_t>(lists_.row_begin[at + 1] - lists_.row_begin[at]));
  }

  BlockLists lists_;
};

void require_ascending(const BlockLists& lists) {
  for (std::size_t row = 0; row + 1 < lists.row_begin.size(); ++row) {
    for (std::int64_t i = lists.row_begin[row]; i < lists.row_begin[row + 1]; ++i) {
      const std::int64_t block = lists.blocks.at(static_cast<std::size_t>(i));
      const bool after =
          i == lists.row_begin[row] || block > lists.blocks[static_cast<std::size_t>(i - 1)];
      if (block < 0 || block > kMaxPosition / lists.key_block || !after) {
        throw std::invalid_argument("listed: block " + std::to_string(block) + " of row " +
                                    std::to_string(row) + " is out of order or of bounds");
      }
    }
  }
}

}  // namespace

Pattern listed(BlockLists lists) {
  require_range("listed: query block", lists.query_block, 1, kMaxPosition);
  require_range("listed: key block", lists.key_block, 1, kMaxPosition);
  require_range("listed: heads", lists.heads, 1, 1 << 20);
  const auto rows = static_cast<std::int64_t>(lists.row_begin.size()) - 1;
  if (rows < 0 || rows % lists.heads != 0 || lists.row_begin.front() != 0 ||
      lists.row_begin.back() != static_cast<std::int64_t>(lists.blocks.size()) ||
      !std::ranges::is_sorted(lists.row_begin)) {
    throw std::invalid_argument("listed: " + std::to_string(rows) + " rows of " +
                                std::to_string(lists.heads) + " heads over " +
                                std::to_string(lists.blocks.size()) +
                                " blocks; row pointers must rise from 0 to the blocks");
  }
  require_ascending(lists);
  return Pattern(std::make_shared<ListedNode>(std::move(lists)));
}

}  // namespace heddle::attention
