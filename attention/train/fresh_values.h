#pragma once
// Where training from scratch begins. Matrices and kernels (out, in, ..): normal, mean 0, variance
// 1 / inputs of an output, so that signals keep their size (LeCun et al. 1998). Biases 0, gains 1:
// what has one axis is a bias where its name ends in .bias, else a gain. The numbers are counted
// from seed and place. Threads: a plain function.
// Errors: none.

#include "attention/model/parameters.h"

#include <cstdint>

namespace heddle::attention::train {

void set_fresh_values(Parameters& parameters, std::uint64_t seed);

}  // namespace heddle::attention::train
