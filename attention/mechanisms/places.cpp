#include "attention/mechanisms/places.h"

#include "attention/mechanisms/head_rows.h"

#include <algorithm>

namespace heddle::attention {

Tensor gathered(const Places& places, const TensorView& from) {
  Tensor made(DType::kF32, {from.shape[0], places.count, from.shape[2]});
  for (std::int64_t head = 0; head < from.shape[0]; ++head) {
    for (std::int64_t place = 0; place < places.count; ++place) {
      std::copy_n(row_at(from, head, places.token(head, place)),
                  from.shape[2],
                  row_at(made.view(), head, place));
    }
  }
  return made;
}

void scatter(const Places& places, const Tensor& from, const TensorView& to) {
  for (std::int64_t head = 0; head < to.shape[0]; ++head) {
    for (std::int64_t token = 0; token < to.shape[1]; ++token) {
      std::fill_n(row_at(to, head, token), to.shape[2], 0.0f);
    }
    for (std::int64_t place = 0; place < places.count; ++place) {
      add_scaled(row_at(to, head, places.token(head, place)),
                 1,
                 row_at(from.view(), head, place),
                 to.shape[2]);
    }
  }
}

}  // namespace heddle::attention
