#include "attention/backend/cuda/strand_operand.h"

namespace heddle::attention::cuda {

bool strands_align(const BlockPlan& plan, std::int64_t keys) {
  const std::int64_t stride = plan.strands.stride;
  return stride > 0 && plan.first_query % stride == 0 && plan.queries % stride == 0 &&
         plan.strands.first_key % stride == 0 && keys % stride == 0 &&
         plan.strands.plans.size() == 1;
}

Operand strands_of(const Operand& whole, std::int64_t stride) {
  if (!whole.data) return whole;
  Operand made = strand_of(whole, stride, {.first = 0, .count = whole.rows / stride});
  made.strands = static_cast<std::int32_t>(stride);
  return made;
}

Operand strand_of(const Operand& whole, std::int64_t stride, const StrandRows& rows) {
  if (!whole.data) return whole;
  const std::int64_t size = whole.element == Element::kF32 ? 4 : 2;
  Operand made = whole;
  made.data = static_cast<char*>(whole.data) + rows.first * whole.row_stride * size;
  made.rows = rows.count;
  made.row_stride = whole.row_stride * stride;
  made.strand_stride = whole.row_stride;
  return made;
}

}  // namespace heddle::attention::cuda
