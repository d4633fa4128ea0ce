#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/gradient_operations.h"
#include "attention/backend/cuda/module/guarded.h"
#include "attention/backend/cuda/module/queue.h"

namespace heddle::attention::cuda {
namespace {

/// One launch on the calling thread's queue.
template <auto kLaunch, class Call>
bool launched(const Call& call) {
  return guarded([&] { kLaunch(call, current_stream()); });
}

constexpr GradientApi kTable = {
    .pack = launched<launch_pack, PackCall>,
    .round = launched<launch_round, RoundCall>,
    .product = launched<launch_tensor_product, TensorProductCall>,
    .weight_gradient = launched<launch_weight_gradient, WeightGradientCall>,
    .row_gradient = launched<launch_row_gradient, RowGradientCall>,
    .column_sums = launched<launch_column_sums, ColumnSumCall>,
    .columns = launched<launch_columns_moved, ColumnsCall>,
    .one_hot = launched<launch_one_hot, OneHotCall>,
    .one_hot_gradient = launched<launch_one_hot_gradient, OneHotCall>,
    .squares = launched<launch_squares, UpdateArgs>,
    .step = launched<launch_step, UpdateArgs>,
    .give = launched<launch_give, GiveCall>,
    .losses = launched<launch_losses, LossArgs>,
    .clear =
        [](void* memory, std::size_t bytes) {
          return guarded([&] {
            check(cudaMemsetAsync(memory, 0, bytes, current_stream()), "cudaMemsetAsync");
          });
        },
};

}  // namespace

const GradientApi& gradient_table() { return kTable; }

}  // namespace heddle::attention::cuda
