#include "pipeline/encoders/tracking_model.h"

#include <stdexcept>

namespace heddle::pipeline {

using attention::DType;
using attention::shape_of;
using attention::TensorView;

TrackingModel::TrackingModel(attention::Model model)
    : model_(std::move(model)), scale_(static_cast<float>(model_.constant("att.scale"))) {
  if (model_.info().kind == "tracking") return;
  throw std::invalid_argument(model_.info().path + " is a model of kind '" + model_.info().kind +
                              "'; following objects needs one of kind 'tracking'");
}

void TrackingModel::encode(const TensorView& image,
                           const TensorView& embedding,
                           const TensorView& features) {
  const std::int64_t side = image.shape[0];
  auto work = encoders_.find(side);
  if (work == encoders_.end()) {
    const auto shape = shape_of(DType::kF32, {side, side, 3});
    work = encoders_.emplace(side, model_.make_workspace("encode", {shape})).first;
  }
  copy(image, work->second.input("image"));
  model_.run(work->second);
  copy(work->second.output("emb"), embedding);
  copy(work->second.output("red"), features);
}

void TrackingModel::read_out(const TensorView& queries,
                             std::span<const attention::KeySegment> segments,
                             const TensorView& out) {
  attention::ReadOutArgs args;
  args.queries = queries;
  args.segments = segments;
  args.scale = scale_;
  args.out = out;
  model_.backend().read_out(args);
}

void TrackingModel::head(const TensorView& maps,
                         const TensorView& features,
                         const TensorView& logit,
                         const TensorView& sides) {
  const std::int64_t side = maps.shape[0];
  auto work = heads_.find(side);
  if (work == heads_.end()) {
    const auto wanted = {shape_of(DType::kF32, {side, side, kHeadMaps}),
                         shape_of(DType::kF32, {side, side, kFeatures})};
    work = heads_.emplace(side, model_.make_workspace("head", wanted)).first;
  }
  copy(maps, work->second.input("maps"));
  copy(features, work->second.input("red"));
  model_.run(work->second);
  copy(work->second.output("logit"), logit);
  copy(work->second.output("ltrb"), sides);
}

}  // namespace heddle::pipeline
