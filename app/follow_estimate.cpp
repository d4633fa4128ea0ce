#include "app/follow_estimate.h"

#include "pipeline/encoders/tracking_model.h"

#include <algorithm>
#include <chrono>

namespace heddle::app {
namespace {

using attention::DType;
using attention::Tensor;

constexpr double kLooks = 1.9;  // what a frame costs, in encoded crops: read-out, head, wide looks
constexpr double kFewFrames = 100;  // so few are done before one has read the estimate

}  // namespace

double estimate_following(const io::Source& source,
                          const attention::Model& model,
                          std::size_t objects,
                          std::int64_t most) {
  auto frames = static_cast<double>(source.info().total);
  if (most > 0) frames = frames > 0 ? std::min(frames, static_cast<double>(most)) : most;
  if (frames < kFewFrames || objects == 0) return 0;
  constexpr int kCells = pipeline::kNormalCrop / 8;
  pipeline::TrackingModel net(model);
  const Tensor image(DType::kF32, {pipeline::kNormalCrop, pipeline::kNormalCrop, 3});
  const Tensor embedding(DType::kF32, {kCells * kCells, pipeline::kEmbedding});
  const Tensor features(DType::kF32, {kCells, kCells, pipeline::kFeatures});
  net.encode(image.view(), embedding.view(), features.view());  // the first run also warms up
  const auto start = std::chrono::steady_clock::now();
  net.encode(image.view(), embedding.view(), features.view());
  const std::chrono::duration<double> one = std::chrono::steady_clock::now() - start;
  return frames * static_cast<double>(objects) * kLooks * one.count();
}

}  // namespace heddle::app
