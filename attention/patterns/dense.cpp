#include "attention/patterns/dense.h"

#include "attention/patterns/call_arguments.h"
#include "attention/patterns/pattern_node.h"

namespace heddle::attention {
namespace {

class DenseNode final : public PatternNode {
 public:
  explicit DenseNode(Direction direction) : causal_(direction == Direction::kCausal) {}

  bool attends(int, std::int64_t q, std::int64_t k) const override { return !causal_ || k <= q; }
  std::string text() const override { return causal_ ? "dense(causal)" : "dense()"; }
  void describe(int, const Region& region, std::vector<Piece>& pieces) const override {
    pieces.push_back({region.queries, region.keys, -kOpenBand, causal_ ? 0 : kOpenBand});
  }
  Shifts shifts() const override { return {.alike = true}; }

 private:
  bool causal_;
};

}  // namespace

Pattern dense(Direction direction) { return Pattern(std::make_shared<DenseNode>(direction)); }

PatternRow dense_row() {
  return {"dense", "dense([causal])", "every key", [](CallArguments& arguments) {
            return dense(arguments.direction());
          }};
}

}  // namespace heddle::attention
