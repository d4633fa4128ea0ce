#pragma once
// Who may attend to whom: a pure value with two forms that tests hold equal. `attends(head, q, k)`
// is the definition, one line of maths on absolute positions; `plan(pattern, shape)` is its fast
// form, a BlockPlan, at O(tiles), never O(S x S).
//
// Patterns compose: `a | b` attends where either does, `a & b` where both do, per_head({a, b})
// gives each head its own. Threads: immutable; share freely. Errors: std::invalid_argument naming
// the argument and its bounds.
//
// Config grammar (parse_pattern): window(256) window(256,causal) strided(128) dilated(64,4)
// block_local(512) global(0:16) random(3,seed=7,block=64) random(3,seed=7,block=64,of=100) dense()
// dense(causal) fixed(128,8,causal) neighbourhood(16,16,7) neighbourhood(16,16,7,time=3,frames=8);
// combined by |, & (which binds tighter) and parentheses; per_head(a; b; ...).
// THE LIST is pattern_list.cpp.
//
// Sources: sliding window, dilated and global tokens after Longformer (arXiv 2004.05150); strided
// and fixed after Sparse Transformer (arXiv 1904.10509); random blocks after BigBird (arXiv
// 2007.14062); neighbourhoods after NATTEN (arXiv 2204.07143).

#include "attention/patterns/block_plan.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::attention {

enum class Direction : std::uint8_t { kBoth, kCausal };

class PatternNode;  // attention/patterns/pattern_node.h: one subclass a pattern, one file a
                    // subclass

class Pattern {
 public:
  explicit Pattern(std::shared_ptr<const PatternNode> node) : node_(std::move(node)) {}

  /// Does query position q attend key position k in this head? The definition. Any q, k >= 0.
  bool attends(int head, std::int64_t q, std::int64_t k) const;
  /// The config text that parse_pattern reads back to an equal pattern.
  std::string text() const;
  /// True when heads differ, so that a plan needs a row list for each head.
  bool per_head() const;

  const PatternNode& node() const { return *node_; }

 private:
  std::shared_ptr<const PatternNode> node_;
};

/// |q - k| <= radius (both), 0 <= q - k <= radius (causal). radius >= 0.
Pattern window(std::int64_t radius, Direction direction = Direction::kBoth);
/// Every `step`-th key counted from the query: (q - k) % step == 0 (causal: and k <= q).
Pattern strided(std::int64_t step, Direction direction = Direction::kBoth);
/// (q - k) % step == 0 and |q - k| <= radius * step (causal: and k <= q).
Pattern dilated(std::int64_t radius, std::int64_t step, Direction direction = Direction::kBoth);
/// q and k in the same block of `size` positions.
Pattern block_local(std::int64_t size);
/// Tokens [first, first + count) attend to all and are attended by all.
Pattern global(std::int64_t first, std::int64_t count);
/// For each block of `block` queries, `count` distinct key blocks of the first `of_blocks` ones
/// (0: of those up to the query's own), drawn by a counter-based generator of (seed, query block):
/// independent of the sequence's length and of the order of evaluation. 1 <= count <= 256; all
/// blocks where there are fewer than `count`.
Pattern random_blocks(int count, std::int64_t block, std::int64_t of_blocks, std::uint64_t seed);
Pattern dense(Direction direction = Direction::kBoth);
/// The query's own block of `block` positions, and the last `summary` keys of every block (causal:
/// k
/// <= q): Sparse Transformer's fixed pattern. 1 <= summary <= block.
Pattern fixed(std::int64_t block, std::int64_t summary, Direction direction = Direction::kBoth);

/// Tokens of frames of height x width, row by row, frame after frame.
struct Grid {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t kernel = 1;       // cells a side, at most height and width
  std::int64_t time_kernel = 1;  // frames
  std::int64_t frames = 0;       // of the clip; 0: unknown, and time looks back only
};
/// kernel x kernel cells and time_kernel frames around the query's own, moved inside where they
/// would leave the frame or the clip, so that every query has as many. Without `frames`: the
/// query's frame and those before it, as many as there are.
Pattern neighbourhood(const Grid& grid);

Pattern operator|(const Pattern& a, const Pattern& b);
Pattern operator&(const Pattern& a, const Pattern& b);
/// Head h follows patterns[h % patterns.size()].
Pattern per_head(std::vector<Pattern> patterns);

/// Throws std::invalid_argument with the column and what was expected there.
Pattern parse_pattern(std::string_view text);

/// What is planned: queries at positions [first_query, first_query + queries) against keys
/// [first_key, first_key + keys) that lie in segment 0 from slot 0.
struct PlanShape {
  int heads = 1;
  std::int64_t first_query = 0;
  std::int64_t queries = 0;
  std::int64_t first_key = 0;
  std::int64_t keys = 0;
  int query_block = 64;
  int key_block = 64;
};

/// Canonical: equal patterns and shapes give byte-identical plans. Blocks are anchored at absolute
/// position 0, so that a query meets the same tiles however the sequence was cut into chunks.
///
/// Where whether q attends k depends on k - q alone (window, dense, strided, dilated and what |, &
/// and per_head make of them) and steps have a common divisor of 2 to 4096, pairs with a step are
/// planned strand by strand (Strands in block_plan.h): for softmax attention and its gradient.
BlockPlan plan(const Pattern& pattern, const PlanShape& shape);
/// The same pairs in rows alone, for kernels that need all keys of a query at once (other
/// normalisers).
BlockPlan plan_in_order(const Pattern& pattern, const PlanShape& shape);

}  // namespace heddle::attention
