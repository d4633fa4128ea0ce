#include "attention/patterns/intersection.h"

#include "attention/patterns/pattern_node.h"

#include <algorithm>
#include <numeric>

namespace heddle::attention {
namespace {

Piece both(const Piece& a, const Piece& b) {
  Piece piece{overlap(a.queries, b.queries),
              overlap(a.keys, b.keys),
              std::max(a.lo, b.lo),
              std::min(a.hi, b.hi)};
  const std::int64_t factor = a.step / std::gcd(a.step, b.step);
  if (factor > kMaxPosition / b.step) {  // no multiple but 0 lies among the positions
    piece.lo = std::max<std::int64_t>(piece.lo, 0);
    piece.hi = std::min<std::int64_t>(piece.hi, 0);
  } else {
    piece.step = factor * b.step;
  }
  return piece;
}

bool empty(const Piece& piece) {
  return piece.queries.empty() || piece.keys.empty() || piece.lo > piece.hi ||
         piece.keys.end - 1 - piece.queries.begin < piece.lo ||
         piece.keys.begin - (piece.queries.end - 1) > piece.hi;
}

class IntersectionNode final : public PatternNode {
 public:
  IntersectionNode(Pattern a, Pattern b) : a_(std::move(a)), b_(std::move(b)) {}

  bool attends(int head, std::int64_t q, std::int64_t k) const override {
    return a_.attends(head, q, k) && b_.attends(head, q, k);
  }
  std::string text() const override { return in_parentheses(a_) + " & " + in_parentheses(b_); }

  /// Works inside `pieces`: appends both factors, then their product, then drops the factors.
  void describe(int head, const Region& region, std::vector<Piece>& pieces) const override {
    const std::size_t begin_a = pieces.size();
    a_.node().describe(head, region, pieces);
    const std::size_t begin_b = pieces.size();
    b_.node().describe(head, region, pieces);
    const std::size_t end_b = pieces.size();
    const Piece everything{region.queries, region.keys};
    for (std::size_t i = begin_a; i < begin_b; ++i) {
      const Piece inside = both(pieces[i], everything);
      if (empty(inside)) continue;
      for (std::size_t j = begin_b; j < end_b; ++j) {
        const Piece product = both(inside, pieces[j]);
        if (!empty(product)) pieces.push_back(product);
      }
    }
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(begin_a),
                 pieces.begin() + static_cast<std::ptrdiff_t>(end_b));
  }
  bool per_head() const override { return a_.per_head() || b_.per_head(); }
  Shifts shifts() const override { return a_.node().shifts().with(b_.node().shifts()); }
  Binding binding() const override { return Binding::kIntersection; }

 private:
  static std::string in_parentheses(const Pattern& factor) {
    const std::string text = factor.text();
    return factor.node().binding() == Binding::kUnion ? "(" + text + ")" : text;
  }

  Pattern a_;
  Pattern b_;
};

}  // namespace

Pattern operator&(const Pattern& a, const Pattern& b) {
  return Pattern(std::make_shared<IntersectionNode>(a, b));
}

PatternRow intersection_row() { return {"intersection", "A & B", "keys that A and B attend"}; }

}  // namespace heddle::attention
