#pragma once
// How many objects are in view, over time, in bounded memory: equal bins of time, whose width
// doubles when the video outgrows them.

#include <cstdint>
#include <vector>

namespace heddle::io {

class CountCurve {
 public:
  static constexpr std::size_t kMostBins = 512;

  struct Bin {
    std::int64_t frames = 0, objects = 0, most = 0;  // objects: summed over the frames
    double mean() const {
      return frames > 0 ? static_cast<double>(objects) / static_cast<double>(frames) : 0;
    }
  };

  /// `seconds` >= 0, in any order.
  void add(double seconds, std::int64_t objects);

  const std::vector<Bin>& bins() const { return bins_; }
  double bin_seconds() const { return bin_seconds_; }

 private:
  void halve();

  double bin_seconds_ = 0.25;
  std::vector<Bin> bins_;
};

}  // namespace heddle::io
