#pragma once
// What a pattern implements: its definition, its config text, and its closed form, a list of
// sheared rectangles ("pieces") for a region of queries and keys. Pieces are closed under
// intersection and unions of them are lists, so any composition of patterns is again a short list,
// and one planner (row_sweep.h) serves every pattern. To add one: a pair of files here, a row in
// pattern_list.cpp.

#include "attention/patterns/block_plan.h"
#include "attention/patterns/pattern.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::attention {

/// Positions [begin, end).
struct PositionRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  bool empty() const { return begin >= end; }
  std::int64_t size() const { return end - begin; }
  bool contains(std::int64_t position) const { return begin <= position && position < end; }
  bool operator==(const PositionRange&) const = default;
};

inline PositionRange overlap(PositionRange a, PositionRange b) {
  return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}

struct Region {
  PositionRange queries;
  PositionRange keys;
};

/// Pairs with q in queries, k in keys, lo <= k - q <= hi and (k - q) % step == 0.
struct Piece {
  PositionRange queries;
  PositionRange keys;
  std::int64_t lo = -kOpenBand;
  std::int64_t hi = kOpenBand;
  std::int64_t step = 1;
};

/// What lets a pattern be planned strand by strand (Strands in block_plan.h).
struct Shifts {
  bool alike = false;       // whether q attends k depends on the head and on k - q alone
  std::int64_t stride = 0;  // divides the step of each piece that has one; 0: no piece has

  /// Of a pattern made of two.
  Shifts with(const Shifts& other) const {
    return {alike && other.alike, std::gcd(stride, other.stride)};
  }
};

/// How tightly a pattern's text binds: an intersection puts a union in parentheses.
enum class Binding : std::uint8_t { kUnion, kIntersection, kCall };

/// Immutable; shared between Patterns and threads.
class PatternNode {
 public:
  virtual ~PatternNode() = default;
  virtual bool attends(int head, std::int64_t q, std::int64_t k) const = 0;
  virtual std::string text() const = 0;
  /// Appends pieces whose union, inside `region`, is the pattern. They may reach outside it.
  /// Allocates only by growing `pieces`.
  virtual void describe(int head, const Region& region, std::vector<Piece>& pieces) const = 0;
  virtual bool per_head() const { return false; }
  /// Of the pattern; where alike, pieces differ from one region to another by the region alone.
  virtual Shifts shifts() const { return {}; }
  virtual Binding binding() const { return Binding::kCall; }
};

/// An argument outside its bounds: the parser adds the column.
class OutOfRange : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// Throws OutOfRange unless low <= value <= high, naming the argument and its bounds.
void require_range(std::string_view argument,
                   std::int64_t value,
                   std::int64_t low,
                   std::int64_t high);

}  // namespace heddle::attention
