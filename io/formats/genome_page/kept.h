#pragma once
// What a page keeps of lists that may be long: sums by stretch of sequence, and the largest few.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace heddle::io {

/// Sums along a sequence of unknown length in at most kMost bins: their width doubles as it grows.
class Bins {
 public:
  static constexpr std::size_t kMost = 2048;

  /// Adds `weight` for each position of [begin, end); positions below 0 are left out.
  void add(std::int64_t begin, std::int64_t end, double weight = 1);
  std::int64_t width() const { return width_; }  // bases
  std::span<const double> sums() const { return sums_; }
  /// The same in no more than `most` bins over [0, length).
  Bins coarser(std::int64_t length, std::size_t most) const;

 private:
  void make_room(std::int64_t end);

  std::int64_t width_ = 64;
  std::vector<double> sums_;
};

/// The `most` largest of what was put in, by a size given with each; of equals the first.
template <typename T>
class Largest {
 public:
  explicit Largest(std::size_t most) : most_(most) {}

  void put(std::int64_t size, T value) {
    const Entry entry{size, -count_, {}};
    ++count_;
    if (kept_.size() == most_) {
      if (!Before{}(entry, kept_.front())) return;
      std::pop_heap(kept_.begin(), kept_.end(), Before{});
      kept_.pop_back();
    }
    kept_.push_back({size, entry.order, std::move(value)});
    std::push_heap(kept_.begin(), kept_.end(), Before{});
  }
  /// Of all that was put in.
  std::int64_t count() const { return count_; }
  bool all_kept() const { return count_ == static_cast<std::int64_t>(kept_.size()); }
  /// The largest first.
  std::vector<T> sorted() const {
    std::vector<Entry> entries = kept_;
    std::ranges::sort(entries, Before{});
    std::vector<T> values;
    for (Entry& entry : entries) values.push_back(std::move(entry.value));
    return values;
  }

 private:
  struct Entry {
    std::int64_t size = 0;
    std::int64_t order = 0;  // falls with time
    T value;
  };
  struct Before {
    bool operator()(const Entry& a, const Entry& b) const {
      return std::pair(a.size, a.order) > std::pair(b.size, b.order);
    }
  };

  std::size_t most_;
  std::vector<Entry> kept_;  // a heap, the smallest in front
  std::int64_t count_ = 0;
};

}  // namespace heddle::io
