#include "attention/patterns/window.h"

#include "attention/patterns/call_arguments.h"
#include "attention/patterns/pattern_node.h"

namespace heddle::attention {
namespace {

class WindowNode final : public PatternNode {
 public:
  WindowNode(std::int64_t radius, Direction direction)
      : radius_(radius), ahead_(direction == Direction::kCausal ? 0 : radius) {}

  bool attends(int, std::int64_t q, std::int64_t k) const override {
    return q - k <= radius_ && k - q <= ahead_;
  }
  std::string text() const override {
    return "window(" + std::to_string(radius_) + (ahead_ == radius_ ? ")" : ",causal)");
  }
  void describe(int, const Region& region, std::vector<Piece>& pieces) const override {
    pieces.push_back({region.queries, region.keys, -radius_, ahead_});
  }
  Shifts shifts() const override { return {.alike = true}; }

 private:
  std::int64_t radius_;
  std::int64_t ahead_;
};

}  // namespace

Pattern window(std::int64_t radius, Direction direction) {
  require_range("window: radius", radius, 0, kMaxPosition);
  return Pattern(std::make_shared<WindowNode>(radius, direction));
}

PatternRow window_row() {
  return {"window",
          "window(RADIUS[,causal])",
          "the keys at most RADIUS positions away",
          [](CallArguments& arguments) {
            const std::int64_t radius = arguments.number("radius");
            return window(radius, arguments.direction());
          }};
}

}  // namespace heddle::attention
