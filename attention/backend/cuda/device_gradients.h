#pragma once
// GradientOps on views of device memory: products of bf16 with sums in f32, or of f32 throughout;
// everything else in f32. Enqueued where the calling thread's operations go. Images (weights of
// four axes) are refused, naming the operation. Threads: const.

#include "attention/backend/cuda/device_views.h"
#include "attention/backend/cuda/gradient_api.h"
#include "attention/backend/gradient_op.h"

#include <utility>

namespace heddle::attention::cuda {

struct ProductExtents;  // device_product_gradients.cpp

class DeviceUpdates final : public UpdateOps {
 public:
  explicit DeviceUpdates(const ModuleApi& api) : api_(api) {}

  void squares(const UpdateArgs& args) const override;
  void step(const UpdateArgs& args) const override;
  void give(const UpdateArgs& args, bool average) const override;

 private:
  const ModuleApi& api_;
};

class DeviceLossOps final : public LossOps {
 public:
  explicit DeviceLossOps(const ModuleApi& api) : api_(api) {}

  void losses(const LossArgs& args) const override;

 private:
  const ModuleApi& api_;
};

class DeviceGradients final : public GradientOps {
 public:
  /// Products of kBF16 or kF32.
  DeviceGradients(const ModuleApi& api, Element element)
      : api_(api), element_(element), updates_(api), losses_(api) {}

  void product(const ProductArgs& args) const override;
  void product_gradient(const ProductGradientArgs& args) const override;

  void rms_norm_gradient(const RowGradientArgs& args) const override;
  void layer_norm_gradient(const RowGradientArgs& args) const override;
  void l2_normalize_gradient(const RowGradientArgs& args) const override;
  void gelu_gradient(const RowGradientArgs& args) const override;
  void relu_gradient(const RowGradientArgs& args) const override;
  void swiglu_gradient(const RowGradientArgs& args) const override;

  void columns(const ColumnsArgs& args) const override;
  void exp_clamp_gradient(const ExpClampGradientArgs& args) const override;
  void log_softmax_gradient(const LogSoftmaxGradientArgs& args) const override;
  void one_hot_product(const OneHotProductArgs& args) const override;
  void one_hot_product_gradient(const OneHotGradientArgs& args) const override;
  const UpdateOps* updates() const override { return &updates_; }
  const LossOps* losses() const override { return &losses_; }

 private:
  void multiply(const ProductArgs& args, bool transposed, const void* rounded) const;
  void multiply_f32(const ProductArgs& args,
                    const ProductExtents& extents,
                    const std::pair<Rows, Rows>& rows,  // from, to
                    const void* weight) const;
  void round(const Rows& rows, std::int64_t pitch, void* to) const;
  void column_sums(ColumnSumCall call, const Rows& y) const;
  void weight_gradient(const ProductGradientArgs& args, const void* rounded) const;
  void norm_gradient(RowGradientOp op, const RowGradientArgs& args) const;
  void row_gradient(RowGradientOp op, const RowGradientArgs& args) const;

  const ModuleApi& api_;
  Element element_;
  DeviceUpdates updates_;
  DeviceLossOps losses_;
};

}  // namespace heddle::attention::cuda
