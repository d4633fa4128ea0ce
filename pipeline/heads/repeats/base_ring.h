#pragma once
// The latest bases of one sequence as codes A C G T = 0 1 2 3, N = 4, readable by absolute position
// and eight at a time in either direction and on either strand.
//
// Holds at least the latest `capacity` bases; bytes: capacity rounded up to a power of two (pages
// are touched as bases arrive). Threads: none while push() runs.

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace heddle::pipeline {

class BaseRing {
 public:
  /// Throws std::invalid_argument on a capacity below 1024.
  explicit BaseRing(std::int64_t capacity);

  /// Appends letters; anything but A C G T is N.
  void push(std::string_view letters);
  void reset();

  std::int64_t end() const { return end_; }  // of the bases pushed so far
  std::int64_t begin() const { return end_ > capacity_ ? end_ - capacity_ : 0; }  // oldest held
  std::uint8_t operator[](std::int64_t position) const { return codes_[index(position)]; }

  /// Codes of position .. position + 7, the first in the lowest byte. Bytes of positions that are
  /// not held are anything.
  std::uint64_t eight(std::int64_t position) const {
    std::uint64_t word;
    std::memcpy(&word, &codes_[index(position)], sizeof word);
    return word;
  }

 private:
  std::size_t index(std::int64_t position) const {
    return static_cast<std::size_t>(position) & mask_;
  }

  std::size_t mask_;
  std::int64_t capacity_;
  std::unique_ptr<std::uint8_t[]> codes_;  // mask_ + 1, then the first eight again
  std::int64_t end_ = 0;
};

/// A way along the ring: forward from position `from` (from, from + 1 ...), or backward
/// (from - 1, from - 2 ...); `complement` reads the other strand.
struct Walk {
  const BaseRing& bases;
  std::int64_t from = 0;
  bool forward = true;
  bool complement = false;

  std::uint64_t eight(std::int64_t step) const {
    const std::uint64_t word =
        forward ? bases.eight(from + step) : __builtin_bswap64(bases.eight(from - step - 8));
    return complement ? word ^ 0x0303030303030303u : word;
  }
};

/// Bases that agree from step i of `a` and step j of `b` on, at most `most`. N agrees with nothing.
inline std::int64_t agreement(
    const Walk& a, std::int64_t i, const Walk& b, std::int64_t j, std::int64_t most) {
  for (std::int64_t done = 0; done < most; done += 8) {
    const std::uint64_t x = a.eight(i + done), y = b.eight(j + done);
    const std::uint64_t differ = (x ^ y) | ((x | y) & 0x0404040404040404u);
    if (differ == 0) continue;
    const std::int64_t equal = done + (__builtin_ctzll(differ) >> 3);
    return equal < most ? equal : most;
  }
  return most;
}

}  // namespace heddle::pipeline
