#pragma once
// The judge: every operation of backend.h by its definition, scalar, accumulated in double, one
// operation a file. Threads: plain functions without state. Errors: see operands.h.

#include "attention/backend/backend.h"

#include <memory>

namespace heddle::attention::reference {

std::unique_ptr<Dense> linear(const LinearSpec& spec);
std::unique_ptr<Dense> conv1d(const Conv1dSpec& spec);
std::unique_ptr<Dense> conv2d(const Conv2dSpec& spec);

void rms_norm(const TensorView& in, const TensorView& gain, float eps, const TensorView& out);
void layer_norm(const TensorView& in,
                const TensorView& gain,
                const TensorView& bias,
                float eps,
                const TensorView& out);
void l2_normalize(const TensorView& in, float eps, const TensorView& out);
void gelu(const TensorView& in, const TensorView& out);
void relu(const TensorView& in, const TensorView& out);
void add(const TensorView& a, const TensorView& b, const TensorView& out);
void swiglu(const TensorView& in, const TensorView& out);
void rotary(const RotaryArgs& args);

}  // namespace heddle::attention::reference
