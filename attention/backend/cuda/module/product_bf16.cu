// Products of bf16, for training: gradients need the range of f32 more than its digits. Sequences
// of many samples are images whose taps reach no other line.

#include "attention/backend/cuda/module/product_tile.cuh"

namespace heddle::attention::cuda {

void launch_product_bf16(const ProductCall& call, std::int64_t rows, cudaStream_t stream) {
  if (call.height == 1) {
    launch_columns<__nv_bfloat16, false>(call, rows, stream);
  } else {
    launch_columns<__nv_bfloat16, true>(call, rows, stream);
  }
  check(cudaGetLastError(), "launch of a product of bf16");
}

}  // namespace heddle::attention::cuda
