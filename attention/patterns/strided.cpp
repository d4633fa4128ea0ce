#include "attention/patterns/strided.h"

#include "attention/patterns/call_arguments.h"
#include "attention/patterns/pattern_node.h"

namespace heddle::attention {
namespace {

class StridedNode final : public PatternNode {
 public:
  StridedNode(std::int64_t step, Direction direction)
      : step_(step), causal_(direction == Direction::kCausal) {}

  bool attends(int, std::int64_t q, std::int64_t k) const override {
    return (q - k) % step_ == 0 && (!causal_ || k <= q);
  }
  std::string text() const override {
    return "strided(" + std::to_string(step_) + (causal_ ? ",causal)" : ")");
  }
  void describe(int, const Region& region, std::vector<Piece>& pieces) const override {
    pieces.push_back({region.queries, region.keys, -kOpenBand, causal_ ? 0 : kOpenBand, step_});
  }
  Shifts shifts() const override { return {true, step_ == 1 ? 0 : step_}; }

 private:
  std::int64_t step_;
  bool causal_;
};

}  // namespace

Pattern strided(std::int64_t step, Direction direction) {
  require_range("strided: step", step, 1, kMaxPosition);
  return Pattern(std::make_shared<StridedNode>(step, direction));
}

PatternRow strided_row() {
  return {"strided",
          "strided(STEP[,causal])",
          "every STEP-th key, counted from the query",
          [](CallArguments& arguments) {
            const std::int64_t step = arguments.number("step");
            return strided(step, arguments.direction());
          }};
}

}  // namespace heddle::attention
