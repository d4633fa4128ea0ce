#pragma once
// TrackingNet by a loaded tracking model (configs/models/tracking-reference). Shapes are prepared
// when they are first met and kept; after that a call allocates nothing.

#include "attention/model/model.h"
#include "pipeline/encoders/tracking_net.h"

#include <map>

namespace heddle::pipeline {

class TrackingModel : public TrackingNet {
 public:
  /// Throws std::invalid_argument when `model` is of another kind.
  explicit TrackingModel(attention::Model model);

  void encode(const attention::TensorView& image,
              const attention::TensorView& embedding,
              const attention::TensorView& features) override;
  void read_out(const attention::TensorView& queries,
                std::span<const attention::KeySegment> segments,
                const attention::TensorView& out) override;
  void head(const attention::TensorView& maps,
            const attention::TensorView& features,
            const attention::TensorView& logit,
            const attention::TensorView& sides) override;

 private:
  attention::Model model_;
  float scale_;
  std::map<std::int64_t, attention::Workspace> encoders_, heads_;  // by side
};

}  // namespace heddle::pipeline
