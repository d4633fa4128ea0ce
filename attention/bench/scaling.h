#pragma once
// Time against the number of tokens for ways of being sparse whose cost grows differently: one head
// of 64 dimensions, fp32, everything counted that a call needs (choosing, planning, gathering,
// attention, scattering). Threads: as many as the calling arena has.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace heddle::attention::bench {

struct ScalingPoint {
  std::int64_t tokens = 0;
  double seconds = 0;    // of one call by the clock, the best of a few
  double processor = 0;  // seconds of all threads' processor time, the best of a few
  double error = 0;      // largest difference from the reference back end over some rows
};

struct ScalingCase {
  std::string name;
  std::string law;  // what its cost should grow as
  std::function<ScalingPoint(std::int64_t tokens)> measure;
};

/// Dense, window, BigBird, LSH (Reformer, arXiv 2001.04451), routing with sqrt(N) clusters (Routing
/// Transformer, arXiv 2003.05997) and top-k blocks found coarse to fine through means of means.
std::vector<ScalingCase> scaling_cases();

/// Largest error that a point may have.
inline constexpr double kScalingTolerance = 2e-5;

/// `measure` at 1k, 2k, 4k ... tokens, up to `most` tokens or to the first that took more than
/// `most_seconds`.
std::vector<ScalingPoint> measure_scaling(const ScalingCase& one,
                                          std::int64_t most,
                                          double most_seconds);

/// The exponent e of processor ~ tokens^e, which other work on the machine disturbs less than the
/// clock: least squares over the logarithms of the last four points. Not a number with fewer than
/// two.
double fitted_exponent(std::span<const ScalingPoint> points);

}  // namespace heddle::attention::bench
