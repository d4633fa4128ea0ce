#pragma once
// What of the latest block of a sequence is known to lie on tandem arrays, by words of 64 bases:
// which echoes need no look, and which words belong to long arrays altogether. Memory: some bytes a
// word, and the arrays that touch the block. Threads: one caller.

#include "pipeline/heads/repeats/autocorrelation.h"
#include "pipeline/heads/repeats/periodic.h"

#include <cstdint>
#include <vector>

namespace heddle::pipeline {

/// Nearly a multiple: indels let copies slip.
bool is_multiple(int distance, int period);

class ArrayCover {
 public:
  static constexpr std::int64_t kLong = 4096;  // bases; what lies within is not looked into
  static constexpr std::int64_t kSlack = 4;    // by which an array may miss an echo it explains

  /// A new block; arrays that reach into it from before stay known.
  void begin(std::int64_t begin, std::int64_t end);
  void add(const TandemArray& array);
  /// A long one owns its words from now on, a clean one (95 % identity) as soon as it is added.
  void own(const TandemArray& array);
  /// Until the next block: the array may yet become another.
  void add_for_now(const TandemArray& array);
  /// Does the echo lie on an array of its distance, or of a divisor of it? Short worn ones explain
  /// nothing.
  bool explains(const Echo& echo) const;

  /// By word, not zero: owned by a long array.
  const std::vector<std::uint8_t>& owned() const { return owned_; }
  void reset();

 private:
  struct Stretch {
    std::int64_t begin, end;
    int period;
    bool worn;
    bool for_now;
  };
  void enter(const Stretch& stretch);

  std::int64_t begin_ = 0, end_ = 0;
  std::vector<Stretch> stretches_;
  std::vector<std::vector<std::uint32_t>> by_word_;  // indices of stretches
  std::vector<std::uint8_t> owned_;
};

}  // namespace heddle::pipeline
