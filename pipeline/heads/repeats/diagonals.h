#pragma once
// Hits of tokens on earlier tokens, gathered into runs along diagonals: what lies on one diagonal,
// give or take some indels, with gaps of at most kGap bases.
//
// A diagonal is q - t for copies in the same direction, q + t for inverted ones. Hits come with
// ascending q. Memory: a fixed table (0.9 MB) and the closed runs. Threads: one caller.

#include <cstdint>
#include <vector>

namespace heddle::pipeline {

struct Run {
  std::int64_t diagonal = 0;  // of the last hit
  std::int64_t home = 0;      // of the first
  std::int64_t begin = 0;     // q of the first hit
  std::int64_t last = -1;     // q of the last hit; -1: an empty place
  std::int32_t covered = 0;   // bases of q under hits
  bool inverted = false;
  std::uint8_t waits = 0;  // blocks that its alignment waited for
};

class Diagonals {
 public:
  // Between hits of one run; at 80 % identity one gap in 280 is longer.
  static constexpr std::int64_t kGap = 256;

  Diagonals();

  void hit(std::int64_t q, std::int64_t diagonal, bool inverted);
  /// Moves the runs that no hit at `q` or later can join (or all) to `closed`, in no order.
  void close(std::int64_t q, bool all, std::vector<Run>& closed);
  void reset();

 private:
  static constexpr int kWays = 4;
  Run* find(std::int64_t band, std::int64_t q, std::int64_t diagonal, bool inverted);
  Run& place(std::int64_t band, std::int64_t q, bool inverted);
  static std::size_t set_of(std::int64_t band, bool inverted);
  void retire(Run& run);

  std::vector<Run> table_;  // sets of kWays
  std::vector<Run> done_;
};

}  // namespace heddle::pipeline
