#pragma once
// What the multipliers can do: the ceiling that benches compare with.

namespace heddle::bench {

/// fp32 GFLOP/s of fused multiply-adds on registers only, on `threads` threads at once; the best of
/// several runs.
double fma_peak_gflops(int threads);

/// The instruction set that the kernels use on this machine, as Highway names it.
const char* instruction_set();

}  // namespace heddle::bench
