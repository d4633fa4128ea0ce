#pragma once
// The operations of operation_api.h as the module launches them. Errors: std::runtime_error naming
// the operation.

#include "attention/backend/cuda/operation_api.h"

#include <cuda_runtime.h>

namespace heddle::attention::cuda {

void launch_product(const ProductCall& call, cudaStream_t stream);
void launch_product_f32(const ProductCall& call, cudaStream_t stream);
void launch_rows(const RowCall& call, cudaStream_t stream);
void launch_rotate(const RotateCall& call, cudaStream_t stream);
void launch_convert(const ConvertCall& call, cudaStream_t stream);

}  // namespace heddle::attention::cuda
