#pragma once
// A register that holds [queries | keys | values] side by side, and its parts as strided views.
// Threads: a value. Errors: std::invalid_argument with the register.

#include "attention/backend/backend.h"
#include "attention/model/layers/operands.h"

#include <optional>

namespace heddle::attention {

struct FusedQkv {
  std::int64_t heads = 1;
  std::int64_t kv_heads = 1;
  bool shared_keys = false;  // [queries | values]: keys are made of the queries

  /// Channels of one head. Throws when the register's channels do not divide.
  std::int64_t dim(const Shape& fused) const;
  TensorView queries(const TensorView& fused) const;  // (heads, rows, dim)
  TensorView keys(const TensorView& fused) const;     // (kv_heads, rows, dim); empty where shared
  TensorView values(const TensorView& fused) const;   // (kv_heads, rows, dim)
};

/// Options "heads" and "kv_heads" (as many as heads unless given).
FusedQkv fused_qkv(Step& step);

/// Option "scale", by which logits are multiplied; nothing where it is not given. Throws when it is
/// not positive: nothing that a model wants of it means 0 or less.
std::optional<double> logit_scale(Step& step);

/// Columns [first, first + heads * dim) of (rows, channels) as (heads, rows, dim).
TensorView as_heads(const TensorView& rows,
                    std::int64_t first,
                    std::int64_t heads,
                    std::int64_t dim);

}  // namespace heddle::attention
