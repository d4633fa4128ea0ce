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
  void describe(int head, const Region& region, std::vector<Piece>& pieces) const override {
    for (std::int64_t block = region.queries.begin / lists_.query_block;
         block * lists_.query_block < region.queries.end;
         ++block) {
      const PositionRange queries{block * lists_.query_block, (block + 1) * lists_.query_block};
      const std::span<const std::int64_t> listed = row(head, block);
      auto at = std::ranges::lower_bound(listed, region.keys.begin / lists_.key_block);
      while (at != listed.end() && *at * lists_.key_block < region.keys.end) {
        const std::int64_t first = *at;
        std::int64_t end = first + 1;
        for (++at; at != listed.end() && *at == end; ++at) ++end;
        pieces.push_back({queries, {first * lists_.key_block, end * lists_.key_block}});
      }
    }
  }
  bool per_head() const override { return lists_.heads > 1; }

 private:
  std::span<const std::int64_t> row(int head, std::int64_t block) const {
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
