// Products of fp16 for inference, and the choice among the kernels.

#include "attention/backend/cuda/module/product_tile.cuh"

namespace heddle::attention::cuda {

void launch_product(const ProductCall& call, cudaStream_t stream) {
  const std::int64_t rows = output_rows(call);
  if (rows == 0) return;
  if (call.element == Element::kF32) return launch_product_f32(call, stream);
  if (call.element == Element::kBF16) return launch_product_bf16(call, rows, stream);
  if (call.height == 1 && call.taps_y == 1) {
    launch_columns<__half, false>(call, rows, stream);
  } else {
    launch_columns<__half, true>(call, rows, stream);
  }
  check(cudaGetLastError(), "launch of a product");
}

}  // namespace heddle::attention::cuda
