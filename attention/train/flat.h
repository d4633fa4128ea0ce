#pragma once
// Loops over the flat arrays of training: elements on their own, in parallel; sums in fixed blocks
// that are added in their order, so that threads change no bit.
// Errors: std::invalid_argument where sizes differ.

#include <cstdint>
#include <functional>
#include <span>

namespace heddle::attention::train {

/// body(begin, end) over [0, count) in pieces, in any order and on any thread.
void for_pieces(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body);

/// The sum over blocks of `block` of what `sum_of(begin, end)` gives, added by ascending block.
double ordered_sum(std::int64_t count,
                   std::int64_t block,
                   const std::function<double(std::int64_t, std::int64_t)>& sum_of);

/// The Euclidean norm, in fp64. Not finite where an element is not.
double norm_of(std::span<const float> values);

/// average = keep average + (1 - keep) values; where both are equal, nothing changes.
void move_average(std::span<const float> values, double keep, std::span<float> average);

/// Each rounded to the nearest bf16 and back: what a device that computes in bf16 is given.
void round_to_bfloat16(std::span<const float> values, std::span<float> rounded);

}  // namespace heddle::attention::train
