#include "attention/patterns/dilated.h"

#include "attention/patterns/call_arguments.h"
#include "attention/patterns/pattern_node.h"

namespace heddle::attention {
namespace {

class DilatedNode final : public PatternNode {
 public:
  DilatedNode(std::int64_t radius, std::int64_t step, Direction direction)
      : radius_(radius), step_(step), causal_(direction == Direction::kCausal) {}

  bool attends(int, std::int64_t q, std::int64_t k) const override {
    const std::int64_t reach = radius_ * step_;
    return (q - k) % step_ == 0 && q - k <= reach && k - q <= (causal_ ? 0 : reach);
  }
  std::string text() const override {
    return "dilated(" + std::to_string(radius_) + "," + std::to_string(step_) +
           (causal_ ? ",causal)" : ")");
  }
  void describe(int, const Region& region, std::vector<Piece>& pieces) const override {
    const std::int64_t reach = radius_ * step_;
    pieces.push_back({region.queries, region.keys, -reach, causal_ ? 0 : reach, step_});
  }
  Shifts shifts() const override { return {true, step_ == 1 ? 0 : step_}; }

 private:
  std::int64_t radius_;
  std::int64_t step_;
  bool causal_;
};

}  // namespace

Pattern dilated(std::int64_t radius, std::int64_t step, Direction direction) {
  require_range("dilated: step", step, 1, kMaxPosition);
  require_range("dilated: radius", radius, 0, kMaxPosition / step);
  return Pattern(std::make_shared<DilatedNode>(radius, step, direction));
}

PatternRow dilated_row() {
  return {"dilated",
          "dilated(RADIUS,STEP[,causal])",
          "RADIUS keys to a side, STEP positions apart",
          [](CallArguments& arguments) {
            const std::int64_t radius = arguments.number("radius");
            const std::int64_t step = arguments.number("step");
            return dilated(radius, step, arguments.direction());
          }};
}

}  // namespace heddle::attention
