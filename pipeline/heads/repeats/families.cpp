#include "pipeline/heads/repeats/families.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace heddle::pipeline {
namespace {

constexpr std::size_t kLookBack = 64;  // copies that may lie inside each other

struct End {
  std::int64_t begin, end;
  std::size_t pair;
};

/// Both cover at least 70 % of the other.
bool alike(const RepeatCopy& copy, const End& end) {
  const std::int64_t shared = std::min(copy.end, end.end) - std::max(copy.begin, end.begin);
  return 10 * shared >= 7 * (copy.end - copy.begin) && 10 * shared >= 7 * (end.end - end.begin);
}

class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t root(std::size_t one) {
    while (parent_[one] != one) one = parent_[one] = parent_[parent_[one]];
    return one;
  }
  /// The lower number stays the root.
  void unite(std::size_t a, std::size_t b) {
    a = root(a);
    b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

std::vector<End> ends_of(const std::vector<RepeatPair>& pairs) {
  std::vector<End> ends;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i].self_overlap() > 0) continue;
    ends.push_back({pairs[i].begin, pairs[i].end, i});
    ends.push_back({pairs[i].early_begin, pairs[i].early_end, i});
  }
  std::ranges::sort(
      ends, {}, [](const End& end) { return std::tuple(end.begin, end.end, end.pair); });
  return ends;
}

std::size_t copy_of(const End& end, std::vector<RepeatCopy>& copies) {
  const std::size_t oldest = copies.size() > kLookBack ? copies.size() - kLookBack : 0;
  for (std::size_t i = copies.size(); i > oldest; --i) {
    if (alike(copies[i - 1], end)) return i - 1;
  }
  copies.push_back({end.begin, end.end, 0, 0});
  return copies.size() - 1;
}

}  // namespace

std::vector<RepeatCopy> group_copies(const std::vector<RepeatPair>& pairs) {
  std::vector<RepeatCopy> copies;
  std::vector<std::pair<std::size_t, std::size_t>> links;
  std::vector<std::size_t> first(pairs.size(), static_cast<std::size_t>(-1));
  for (const End& end : ends_of(pairs)) {
    const std::size_t copy = copy_of(end, copies);
    if (first[end.pair] == static_cast<std::size_t>(-1)) {
      first[end.pair] = copy;
    } else {
      links.emplace_back(first[end.pair], copy);
    }
  }
  Groups groups(copies.size());
  for (const auto& [a, b] : links) groups.unite(a, b);
  std::map<std::size_t, std::pair<int, int>> families;  // by root: number, copies
  for (std::size_t i = 0; i < copies.size(); ++i) {
    auto& [number, count] = families[groups.root(i)];
    if (number == 0) number = static_cast<int>(families.size());
    ++count;
  }
  for (std::size_t i = 0; i < copies.size(); ++i) {
    std::tie(copies[i].family, copies[i].in_family) = families[groups.root(i)];
  }
  return copies;
}

}  // namespace heddle::pipeline
