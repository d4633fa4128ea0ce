#include "attention/patterns/staircase.h"

#include "attention/patterns/pattern_node.h"

namespace heddle::attention {
namespace {

class StaircaseNode final : public PatternNode {
 public:
  explicit StaircaseNode(std::int64_t block) : block_(block) {}

  bool attends(int, std::int64_t q, std::int64_t k) const override { return k < (q + 1) / block_; }
  std::string text() const override { return "staircase(" + std::to_string(block_) + ")"; }
  void describe(int, const Region& region, std::vector<Piece>& pieces) const override {
    const std::int64_t all_meet = (region.queries.begin + 1) / block_;
    if (all_meet > region.keys.begin) {
      pieces.push_back({region.queries, {region.keys.begin, all_meet}});
    }
    const std::int64_t end = std::min(region.queries.end / block_, region.keys.end);
    for (std::int64_t k = std::max(all_meet, region.keys.begin); k < end; ++k) {
      pieces.push_back({{(k + 1) * block_ - 1, region.queries.end}, {k, k + 1}});
    }
  }

 private:
  std::int64_t block_;
};

}  // namespace

Pattern staircase(std::int64_t block) {
  require_range("staircase: block", block, 1, kMaxPosition);
  return Pattern(std::make_shared<StaircaseNode>(block));
}

}  // namespace heddle::attention
