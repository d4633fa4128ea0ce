#include "attention/model/layers/fused_qkv.h"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace heddle::attention {

std::int64_t FusedQkv::dim(const Shape& fused) const {
  require_f32(fused, 2, 2);
  const std::int64_t parts = heads + (shared_keys ? 1 : 2) * kv_heads;
  if (channels_of(fused) % parts != 0) {
    throw std::invalid_argument(
        "expected channels divisible by " + std::to_string(parts) +
        (shared_keys ? " (heads + kv_heads), got " : " (heads + 2 kv_heads), got ") +
        describe(fused));
  }
  return channels_of(fused) / parts;
}

TensorView FusedQkv::queries(const TensorView& fused) const {
  return as_heads(fused, 0, heads, dim(fused));
}

TensorView FusedQkv::keys(const TensorView& fused) const {
  if (shared_keys) return {};
  return as_heads(fused, heads * dim(fused), kv_heads, dim(fused));
}

TensorView FusedQkv::values(const TensorView& fused) const {
  return as_heads(fused, (heads + (shared_keys ? 0 : kv_heads)) * dim(fused), kv_heads, dim(fused));
}

FusedQkv fused_qkv(Step& step) {
  FusedQkv fused;
  fused.heads = step.options.whole("heads", 1, 1024);
  fused.kv_heads = step.options.whole_or("kv_heads", fused.heads, 1, fused.heads);
  if (fused.heads % fused.kv_heads != 0) {
    throw std::invalid_argument("kv_heads " + std::to_string(fused.kv_heads) +
                                " does not divide heads " + std::to_string(fused.heads));
  }
  return fused;
}

std::optional<double> logit_scale(Step& step) {
  const double absent = std::numeric_limits<double>::quiet_NaN();
  const double scale = step.options.number_or("scale", absent);
  if (std::isnan(scale)) return std::nullopt;
  if (!(scale > 0)) {
    throw std::invalid_argument("needs a positive \"scale\", got " + std::to_string(scale) +
                                "; leave it out for the usual one");
  }
  return scale;
}

TensorView as_heads(const TensorView& rows,
                    std::int64_t first,
                    std::int64_t heads,
                    std::int64_t dim) {
  TensorView view = rows.slice(1, first, heads * dim);
  view.rank = 3;
  view.shape = {heads, rows.shape[0], dim};
  view.stride = {dim, rows.stride[0], 1};
  return view;
}

}  // namespace heddle::attention
