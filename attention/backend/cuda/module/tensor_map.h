#pragma once
// Tensor maps for the bulk copies of the Hopper path: boxes of 64 rows by 64 columns of one head of
// one strand (axes: columns, rows, strands, heads), in rows of 128 bytes that the copy swizzles.
// Throws where the driver refuses.

#include "attention/backend/cuda/module_api.h"

#include <cuda.h>

namespace heddle::attention::cuda {

CUtensorMap tensor_map(const Operand& operand);

/// Can a map of these elements address the operand?
bool map_fits(const Operand& operand, Element element);

}  // namespace heddle::attention::cuda
