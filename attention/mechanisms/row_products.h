#pragma once
// Products of rows by a back end's dense kernels, for what mechanisms compute once a call: hashes,
// nearest centroids, mixtures of buckets. Threads: those of the back end.

#include "attention/backend/backend.h"

namespace heddle::attention {

/// in (rows, dim) . weight (out, dim)^T -> (rows, out), f32; both contiguous.
Tensor row_products(const Backend& backend, const TensorView& in, const TensorView& weight);

/// A contiguous copy of any view.
Tensor compact(const TensorView& view);
/// to (columns, rows) := from (rows, columns), both contiguous f32.
void turn_over(const TensorView& from, const TensorView& to);

}  // namespace heddle::attention
