#pragma once
// Which instruction sets the attention kernels are compiled for; include before Highway. Left out:
// SSSE3 and Ice Lake's AVX-512, which would repeat SSE4 and AVX3, and vectors whose size the
// compiler does not know, of which no array can be made.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
