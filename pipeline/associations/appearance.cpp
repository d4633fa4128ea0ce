#include "pipeline/associations/appearance.h"

#include "pipeline/encoders/patches.h"
#include "pipeline/encoders/patches_maps.h"

namespace heddle::pipeline {

using attention::DType;
using attention::RollingMemory;

namespace {

constexpr int kSide = kSightCrop / kCellPixels;
constexpr double kSmallestSide = 2;  // frame pixels

}  // namespace

Sight::Sight()
    : keys(DType::kF32, {1, kSightCells, kEmbedding}),
      values(DType::kF32, {1, kSightCells, kMemoryValues}) {}

attention::MemorySpec sight_memory_spec() {
  attention::MemorySpec spec;
  spec.key_dim = kEmbedding;
  spec.value_dim = kMemoryValues;
  spec.block = kSightCells;
  spec.sink_blocks = 1;
  spec.ring_blocks = 3;
  spec.long_blocks = 3;
  spec.admission = attention::Admission::kEveryNth;
  spec.every_nth = 4;
  return spec;
}

AppearanceReader::AppearanceReader(TrackingNet& net)
    : net_(net),
      crop_(DType::kF32, {kSightCrop, kSightCrop, 3}),
      features_(DType::kF32, {kSide, kSide, kFeatures}),
      maps_(DType::kF32, {kReadOutMaps, kSightCells}) {}

void AppearanceReader::look(const io::Frame& frame, const Box& box, Sight& sight) {
  const double width = std::max(box.width, kSmallestSide);
  const double height = std::max(box.height, kSmallestSide);
  const double shrink = kSightObject / std::sqrt(width * height);  // crop pixels a frame pixel
  sample_crop(frame, {box.centre_x(), box.centre_y(), kSightCrop / shrink}, crop_.view());
  net_.encode(crop_.view(), sight.keys.view().at(0, 0), features_.view());
  const Box inside =
      centred_box(kSightCrop / 2.0, kSightCrop / 2.0, width * shrink, height * shrink);
  memory_values(inside, kSide, sight.values.view().at(0, 0));
}

double AppearanceReader::likeness(const Sight& sight, const RollingMemory& memory) {
  segments_.clear();
  for (const auto tier :
       {RollingMemory::Tier::kSinks, RollingMemory::Tier::kRing, RollingMemory::Tier::kLong}) {
    for (const auto& segment : memory.segments(tier)) segments_.push_back(segment);
  }
  net_.read_out(sight.keys.view().at(0, 0), segments_, maps_.view());
  const float* best_inside = maps_.view().as<float>() + std::size_t{4} * kSightCells;
  const float* values = sight.values.view().as<float>();
  double sum = 0, weight = 0;
  for (int cell = 0; cell < kSightCells; ++cell) {
    const double e = values[cell * kMemoryValues + 1];
    sum += e * best_inside[cell];
    weight += e;
  }
  return weight > 0 ? sum / weight : -1;
}

}  // namespace heddle::pipeline
