#include "attention/patterns/per_head.h"

#include "attention/patterns/pattern_node.h"

#include <stdexcept>

namespace heddle::attention {
namespace {

class PerHeadNode final : public PatternNode {
 public:
  explicit PerHeadNode(std::vector<Pattern> patterns) : patterns_(std::move(patterns)) {}

  bool attends(int head, std::int64_t q, std::int64_t k) const override {
    return of(head).attends(head, q, k);
  }
  std::string text() const override {
    std::string all;
    for (const Pattern& pattern : patterns_) all += (all.empty() ? "" : "; ") + pattern.text();
    return "per_head(" + all + ")";
  }
  void describe(int head, const Region& region, std::vector<Piece>& pieces) const override {
    of(head).node().describe(head, region, pieces);
  }
  bool per_head() const override { return true; }
  Shifts shifts() const override {
    Shifts all{.alike = true};
    for (const Pattern& pattern : patterns_) all = all.with(pattern.node().shifts());
    return all;
  }

 private:
  const Pattern& of(int head) const {
    return patterns_[static_cast<std::size_t>(head) % patterns_.size()];
  }

  std::vector<Pattern> patterns_;
};

}  // namespace

Pattern per_head(std::vector<Pattern> patterns) {
  if (patterns.empty()) throw std::invalid_argument("per_head: needs at least 1 pattern, got 0");
  return Pattern(std::make_shared<PerHeadNode>(std::move(patterns)));
}

PatternRow per_head_row() {
  return {"per_head", "per_head(A; B; ...)", "head h follows pattern h modulo their number"};
}

}  // namespace heddle::attention
