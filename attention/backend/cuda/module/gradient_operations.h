#pragma once
// The operations of gradient_api.h as the module launches them. Errors: std::runtime_error naming
// the operation.

#include "attention/backend/cuda/gradient_api.h"

#include <cuda_runtime.h>

namespace heddle::attention::cuda {

void launch_pack(const PackCall& call, cudaStream_t stream);
void launch_round(const RoundCall& call, cudaStream_t stream);
void launch_tensor_product(const TensorProductCall& call, cudaStream_t stream);
void launch_weight_gradient(const WeightGradientCall& call, cudaStream_t stream);
void launch_weight_gradient_f32(const WeightGradientCall& call, cudaStream_t stream);
/// Joins the parts of split rows in their order.
void launch_weight_gradient_merge(const WeightGradientCall& call, cudaStream_t stream);
void launch_row_gradient(const RowGradientCall& call, cudaStream_t stream);
void launch_column_sums(const ColumnSumCall& call, cudaStream_t stream);
void launch_columns_moved(const ColumnsCall& call, cudaStream_t stream);
void launch_one_hot(const OneHotCall& call, cudaStream_t stream);
void launch_one_hot_gradient(const OneHotCall& call, cudaStream_t stream);
void launch_squares(const UpdateArgs& args, cudaStream_t stream);
void launch_step(const UpdateArgs& args, cudaStream_t stream);
void launch_losses(const LossArgs& args, cudaStream_t stream);
void launch_give(const GiveCall& call, cudaStream_t stream);

const GradientApi& gradient_table();

}  // namespace heddle::attention::cuda
