#include "attention/patterns/random.h"

#include "attention/patterns/call_arguments.h"
#include "attention/patterns/pattern_node.h"

#include <algorithm>
#include <array>
#include <span>

namespace heddle::attention {
namespace {

constexpr int kMaxCount = 256;

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

__extension__ using Wide = unsigned __int128;

/// Distinct blocks, in the order drawn.
struct Draw {
  std::array<std::int64_t, kMaxCount> block{};
  int count = 0;

  std::span<const std::int64_t> blocks() const {
    return {block.data(), static_cast<std::size_t>(count)};
  }
  bool contains(std::int64_t wanted) const {
    return std::ranges::find(blocks(), wanted) != blocks().end();
  }
};

class RandomNode final : public PatternNode {
 public:
  RandomNode(int count, std::int64_t block, std::int64_t of_blocks, std::uint64_t seed)
      : count_(count), block_(block), of_blocks_(of_blocks), seed_(seed) {}

  bool attends(int, std::int64_t q, std::int64_t k) const override {
    return draw(q / block_).contains(k / block_);
  }
  std::string text() const override {
    const std::string of = of_blocks_ > 0 ? ",of=" + std::to_string(of_blocks_) : "";
    return "random(" + std::to_string(count_) + ",seed=" + std::to_string(seed_) +
           ",block=" + std::to_string(block_) + of + ")";
  }
  void describe(int, const Region& region, std::vector<Piece>& pieces) const override {
    for (std::int64_t row = region.queries.begin / block_; row * block_ < region.queries.end;
         ++row) {
      const PositionRange queries{row * block_, (row + 1) * block_};
      const Draw drawn = draw(row);
      for (const std::int64_t column : drawn.blocks()) {
        const PositionRange keys{column * block_, (column + 1) * block_};
        if (!overlap(keys, region.keys).empty()) pieces.push_back({queries, keys});
      }
    }
  }

 private:
  /// Floyd's sample without replacement, from a counter-based generator of (seed, query block, i).
  Draw draw(std::int64_t row) const {
    const std::int64_t candidates = of_blocks_ > 0 ? of_blocks_ : row + 1;
    const std::uint64_t stream =
        mix(mix(seed_ + 0x9e3779b97f4a7c15u) ^ static_cast<std::uint64_t>(row));
    Draw drawn;
    const std::int64_t wanted = std::min<std::int64_t>(count_, candidates);
    for (std::int64_t last = candidates - wanted; last < candidates; ++last) {
      const std::uint64_t bits =
          mix(stream + static_cast<std::uint64_t>(drawn.count + 1) * 0x9e3779b97f4a7c15u);
      const auto pick =
          static_cast<std::int64_t>((Wide{bits} * static_cast<std::uint64_t>(last + 1)) >> 64);
      const std::int64_t chosen = drawn.contains(pick) ? last : pick;
      drawn.block[static_cast<std::size_t>(drawn.count++)] = chosen;
    }
    return drawn;
  }

  int count_;
  std::int64_t block_;
  std::int64_t of_blocks_;
  std::uint64_t seed_;
};

}  // namespace

Pattern random_blocks(int count, std::int64_t block, std::int64_t of_blocks, std::uint64_t seed) {
  require_range("random: count", count, 1, kMaxCount);
  require_range("random: block", block, 1, kMaxPosition);
  require_range("random: of", of_blocks, 0, kMaxPosition / block);
  return Pattern(std::make_shared<RandomNode>(count, block, of_blocks, seed));
}

PatternRow random_row() {
  return {"random",
          "random(COUNT,seed=N[,block=64][,of=BLOCKS])",
          "COUNT random key blocks for each query block, of the first BLOCKS or of those so far",
          [](CallArguments& arguments) {
            const std::int64_t count = arguments.number("count");
            require_range("random: count", count, 1, kMaxCount);
            const std::uint64_t block = arguments.named("block").value_or(64);
            const std::uint64_t of = arguments.named("of").value_or(0);
            const std::uint64_t seed = arguments.named("seed").value_or(0);
            constexpr std::uint64_t kMost = kMaxPosition;
            return random_blocks(static_cast<int>(count),
                                 static_cast<std::int64_t>(std::min(block, kMost + 1)),
                                 static_cast<std::int64_t>(std::min(of, kMost + 1)),
                                 seed);
          }};
}

}  // namespace heddle::attention
