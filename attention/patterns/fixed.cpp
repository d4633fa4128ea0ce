#include "attention/patterns/fixed.h"

#include "attention/patterns/call_arguments.h"
#include "attention/patterns/pattern_node.h"

namespace heddle::attention {
namespace {

class FixedNode final : public PatternNode {
 public:
  FixedNode(std::int64_t block, std::int64_t summary, Direction direction)
      : block_(block), summary_(summary), causal_(direction == Direction::kCausal) {}

  bool attends(int, std::int64_t q, std::int64_t k) const override {
    const bool chosen = q / block_ == k / block_ || k % block_ >= block_ - summary_;
    return chosen && (!causal_ || k <= q);
  }
  std::string text() const override {
    return "fixed(" + std::to_string(block_) + "," + std::to_string(summary_) +
           (causal_ ? ",causal)" : ")");
  }
  void describe(int, const Region& region, std::vector<Piece>& pieces) const override {
    const std::int64_t hi = causal_ ? 0 : kOpenBand;
    for (std::int64_t begin = region.queries.begin / block_ * block_; begin < region.queries.end;
         begin += block_) {
      const PositionRange own{begin, begin + block_};
      pieces.push_back({own, own, -kOpenBand, hi});
    }
    const std::int64_t last =
        causal_ ? std::min(region.queries.end, region.keys.end) : region.keys.end;
    for (std::int64_t begin = region.keys.begin / block_ * block_; begin < last; begin += block_) {
      const PositionRange summary{begin + block_ - summary_, begin + block_};
      pieces.push_back({region.queries, summary, -kOpenBand, hi});
    }
  }

 private:
  std::int64_t block_;
  std::int64_t summary_;
  bool causal_;
};

}  // namespace

Pattern fixed(std::int64_t block, std::int64_t summary, Direction direction) {
  require_range("fixed: block", block, 1, kMaxPosition);
  require_range("fixed: summary", summary, 1, block);
  return Pattern(std::make_shared<FixedNode>(block, summary, direction));
}

PatternRow fixed_row() {
  return {"fixed",
          "fixed(BLOCK,SUMMARY[,causal])",
          "the query's own block of BLOCK positions and the last SUMMARY keys of every block",
          [](CallArguments& arguments) {
            const std::int64_t block = arguments.number("block");
            const std::int64_t summary = arguments.number("summary");
            return fixed(block, summary, arguments.direction());
          }};
}

}  // namespace heddle::attention
