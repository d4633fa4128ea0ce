#pragma once
// The operations of backend.h and edge_op.h that take a row or an element at a time, and the rotary
// embedding, on views of device memory. Threads and errors: see backend.h.

#include "attention/backend/backend.h"
#include "attention/backend/cuda/operation_api.h"

namespace heddle::attention::cuda {

class DeviceRowOps : public Backend {
 public:
  explicit DeviceRowOps(const ModuleApi& api) : api_(api) {}

  void rms_norm(const TensorView& in,
                const TensorView& gain,
                float eps,
                const TensorView& out) const override;
  void layer_norm(const TensorView& in,
                  const TensorView& gain,
                  const TensorView& bias,
                  float eps,
                  const TensorView& out) const override;
  void l2_normalize(const TensorView& in, float eps, const TensorView& out) const override;
  void gelu(const TensorView& in, const TensorView& out) const override;
  void relu(const TensorView& in, const TensorView& out) const override;
  void add(const TensorView& a, const TensorView& b, const TensorView& out) const override;
  void swiglu(const TensorView& in, const TensorView& out) const override;
  void rotary(const RotaryArgs& args) const override;

  void scale_shift(const TensorView& in,
                   float shift,
                   float scale,
                   const TensorView& out) const override;
  void exp_clamp(const TensorView& in,
                 float limit,
                 float scale,
                 const TensorView& out) const override;
  void log_softmax(const TensorView& in, std::int64_t groups, const TensorView& out) const override;
  void one_hot(const TensorView& in, const TensorView& out) const override;
  void one_hot_conv1d(const OneHotConv1dArgs& args) const override;
  void copy_columns(const ColumnCopy& copy) const override;

 protected:
  const ModuleApi& api() const { return api_; }

 private:
  void enqueue(const RowCall& call) const;

  const ModuleApi& api_;
};

}  // namespace heddle::attention::cuda
