#include "attention/patterns/block_local.h"

#include "attention/patterns/call_arguments.h"
#include "attention/patterns/pattern_node.h"

namespace heddle::attention {
namespace {

class BlockLocalNode final : public PatternNode {
 public:
  explicit BlockLocalNode(std::int64_t size) : size_(size) {}

  bool attends(int, std::int64_t q, std::int64_t k) const override {
    return q / size_ == k / size_;
  }
  std::string text() const override { return "block_local(" + std::to_string(size_) + ")"; }
  void describe(int, const Region& region, std::vector<Piece>& pieces) const override {
    for (std::int64_t begin = region.queries.begin / size_ * size_; begin < region.queries.end;
         begin += size_) {
      const PositionRange block{begin, begin + size_};
      pieces.push_back({block, block});
    }
  }

 private:
  std::int64_t size_;
};

}  // namespace

Pattern block_local(std::int64_t size) {
  require_range("block_local: size", size, 1, kMaxPosition);
  return Pattern(std::make_shared<BlockLocalNode>(size));
}

PatternRow block_local_row() {
  return {"block_local",
          "block_local(SIZE)",
          "the keys of the query's own block of SIZE positions",
          [](CallArguments& arguments) { return block_local(arguments.number("size")); }};
}

}  // namespace heddle::attention
