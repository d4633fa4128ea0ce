#include "attention/patterns/global.h"

#include "attention/patterns/call_arguments.h"
#include "attention/patterns/pattern_node.h"

namespace heddle::attention {
namespace {

class GlobalNode final : public PatternNode {
 public:
  explicit GlobalNode(PositionRange tokens) : tokens_(tokens) {}

  bool attends(int, std::int64_t q, std::int64_t k) const override {
    return tokens_.contains(q) || tokens_.contains(k);
  }
  std::string text() const override {
    return "global(" + std::to_string(tokens_.begin) + ":" + std::to_string(tokens_.size()) + ")";
  }
  void describe(int, const Region& region, std::vector<Piece>& pieces) const override {
    pieces.push_back({tokens_, region.keys});
    pieces.push_back({region.queries, tokens_});
  }

 private:
  PositionRange tokens_;
};

}  // namespace

Pattern global(std::int64_t first, std::int64_t count) {
  require_range("global: first", first, 0, kMaxPosition);
  require_range("global: count", count, 1, kMaxPosition - first);
  return Pattern(std::make_shared<GlobalNode>(PositionRange{first, first + count}));
}

PatternRow global_row() {
  return {"global",
          "global(FIRST:COUNT)",
          "COUNT tokens from FIRST attend to all and are attended by all",
          [](CallArguments& arguments) {
            const PositionRange tokens = arguments.range("tokens");
            return global(tokens.begin, tokens.size());
          }};
}

}  // namespace heddle::attention
