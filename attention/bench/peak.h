#pragma once
// The ceilings that measurements are held against: what the multipliers and the memory can do.
// Threads: each call starts its own; measure nothing else meanwhile.
// Units: seconds, joules, floating-point operations and bytes a second. Errors: none.

namespace heddle::attention::bench {

/// What something took: on the clock, and of all threads' processor time. On a busy machine the
/// second is the fair one.
struct Time {
  double wall = 0;
  double processor = 0;
  double joules = 0;  // of the whole machine, the mean of the runs; 0 where nothing counts them
};

class Stopwatch {
 public:
  Stopwatch();
  Time elapsed() const;

 private:
  Time start_;
};

/// fp32 GFLOP/s of fused multiply-adds on registers only; the best of several runs.
struct FmaPeak {
  double wall = 0;       // of all threads together, by the clock
  double processor = 0;  // a processor second
};
FmaPeak fma_peak(int threads);

/// GB/s read and written by copies far larger than the caches; the best of several runs.
double copy_bandwidth(int threads);

/// The instruction set that the kernels use on this machine, as Highway names it.
const char* instruction_set();

}  // namespace heddle::attention::bench
