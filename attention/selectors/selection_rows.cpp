#include "attention/selectors/selection_rows.h"

#include <stdexcept>
#include <string>

namespace heddle::attention {

void check_selection(std::string_view selector, const SelectionInput& input) {
  const auto refuse = [&](const char* what, const TensorView& view) {
    throw std::invalid_argument(
        std::string(selector) + ": " + what + " is " + describe(view) +
        "; expected f32 with a contiguous last axis, tokens and dims equal, "
        "and heads of queries a multiple of heads of keys");
  };
  const auto sound = [](const TensorView& view) {
    return view.rank == 3 && view.dtype == DType::kF32 &&
           (view.stride[2] == 1 || view.shape[2] <= 1);
  };
  if (!sound(input.queries)) refuse("queries", input.queries);
  const TensorView& keys = input.keys;
  if (!sound(keys) || keys.shape[0] < 1 || input.queries.shape[0] % keys.shape[0] != 0 ||
      keys.shape[1] != input.queries.shape[1] || keys.shape[2] != input.queries.shape[2]) {
    refuse("keys", keys);
  }
}

float dot(const float* a, const float* b, std::int64_t dim) {
  float sum = 0;
  for (std::int64_t i = 0; i < dim; ++i) sum += a[i] * b[i];
  return sum;
}

void append_row(BlockLists& lists, std::span<const std::uint32_t> blocks) {
  lists.blocks.insert(lists.blocks.end(), blocks.begin(), blocks.end());
  lists.row_begin.push_back(static_cast<std::int64_t>(lists.blocks.size()));
}

}  // namespace heddle::attention
