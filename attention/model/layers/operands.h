#pragma once
// What layers ask of their registers. Errors: std::invalid_argument with what came.
// Threads: plain functions.

#include "attention/model/layer.h"

#include <string>
#include <string_view>

namespace heddle::attention {

/// Throws unless the register is f32 of a rank within the bounds.
void require_f32(const Shape& shape, int low_rank, int high_rank);

/// How many channels: the last extent.
std::int64_t channels_of(const Shape& shape);
/// The same shape with other channels.
Shape with_channels(const Shape& shape, std::int64_t channels);

/// Throws where the back end's memory is a device's: for layers that read registers themselves.
void require_host(std::string_view op, const Backend& backend);

/// Throws where `count` of `what` is more than the back end's limit.
void require_within(std::int64_t count,
                    std::string_view what,
                    std::int64_t limit,
                    const Backend& backend);

/// A copy of a tensor of the file as contiguous f32.
Tensor as_f32(const TensorView& stored);

}  // namespace heddle::attention
