#include "pipeline/heads/tracks_look.h"

#include "pipeline/encoders/patches_maps.h"
#include "pipeline/heads/tracks_peaks.h"

#include <algorithm>

namespace heddle::pipeline {

using attention::DType;
using attention::RollingMemory;
using attention::Tensor;
using attention::TensorView;

namespace {

constexpr double kFaintTarget = 0.15;  // further target peaks below this are not reported
constexpr int kMostAlike = 6;
constexpr double kSmallestSide = 2;  // frame pixels
constexpr int kPriorChannel = 2 * kReadOutMaps;

void write_maps(const TensorView& read, int channel, const TensorView& maps) {
  const std::int64_t cells = read.shape[1];
  const float* from = read.as<float>();  // (6, cells)
  float* to = maps.as<float>() + channel;
  for (int c = 0; c < kReadOutMaps; ++c) {
    for (std::int64_t i = 0; i < cells; ++i) to[i * kHeadMaps + c] = from[c * cells + i];
  }
}

}  // namespace

attention::MemorySpec follow_memory_spec(int long_every) {
  attention::MemorySpec spec;
  spec.key_dim = kEmbedding;
  spec.value_dim = kMemoryValues;
  spec.block = kNormalCells;
  spec.sink_blocks = 1;
  spec.ring_blocks = 3;
  spec.long_blocks = 3;
  spec.admission = attention::Admission::kEveryNth;
  spec.every_nth = long_every;
  return spec;
}

Viewer::Buffers::Buffers(int pixels)
    : cells(pixels / kCellPixels),
      image(DType::kF32, {pixels, pixels, 3}),
      embedding(DType::kF32, {std::int64_t{cells} * cells, kEmbedding}),
      features(DType::kF32, {cells, cells, kFeatures}),
      first(DType::kF32, {kReadOutMaps, std::int64_t{cells} * cells}),
      recent(DType::kF32, {kReadOutMaps, std::int64_t{cells} * cells}),
      maps(DType::kF32, {cells, cells, kHeadMaps}),
      logit(DType::kF32, {cells, cells}),
      sides(DType::kF32, {cells, cells, 4}) {}

Viewer::Viewer(TrackingNet& net)
    : net_(net),
      normal_(kNormalCrop),
      wide_(kWideCrop),
      inner_(DType::kF32, {1, kNormalCells, kEmbedding}),
      values_(DType::kF32, {1, kNormalCells, kMemoryValues}) {}

void Viewer::encode(const io::Frame& frame, const CropWindow& window, Buffers& b) {
  sample_crop(frame, window, b.image.view());
  net_.encode(b.image.view(), b.embedding.view(), b.features.view());
  window_ = window;
  last_wide_ = &b == &wide_;
}

void Viewer::see(const io::Frame& frame, double cx, double cy, double side) {
  encode(frame, {cx, cy, side}, normal_);
}

/// Row A: [first, recent, prior], the target. Row G: [first, first, no prior], its look-alikes.
void Viewer::run_head(Buffers& b, const Tensor& second, const LookRequest* prior) {
  write_maps(b.first.view(), 0, b.maps.view());
  write_maps(second.view(), kReadOutMaps, b.maps.view());
  TensorView channel = b.maps.view().slice(2, kPriorChannel, 1).at(2, 0);
  MotionPrior motion;
  if (prior != nullptr) {
    const double zoom = b.cells * kCellPixels / window_.side;  // crop pixels a frame pixel
    const double middle = b.cells * kCellPixels / 2.0;
    motion = {middle + (prior->expected_x - window_.cx) * zoom,
              middle + (prior->expected_y - window_.cy) * zoom,
              prior->sigma};
  }
  motion_prior(motion, channel);
  net_.head(b.maps.view(), b.features.view(), b.logit.view(), b.sides.view());
}

std::vector<Peak> Viewer::peaks(const Buffers& b, double least, int most) const {
  const double zoom = window_.side / (b.cells * kCellPixels);  // frame pixels a crop pixel
  const double left = window_.cx - window_.side / 2, top = window_.cy - window_.side / 2;
  std::vector<Peak> found;
  for (const CropPeak& peak : find_peaks(b.logit.view(), b.sides.view(), least, most)) {
    const Box& box = peak.box;
    found.push_back({peak.visible,
                     centred_box(left + box.centre_x() * zoom,
                                 top + box.centre_y() * zoom,
                                 std::max(box.width * zoom, kSmallestSide),
                                 std::max(box.height * zoom, kSmallestSide))});
  }
  return found;
}

LookResult Viewer::look(const io::Frame& frame,
                        const RollingMemory& memory,
                        const LookRequest& request) {
  Buffers& b = request.wide ? wide_ : normal_;
  const double side = request.wide ? request.side * kWideCrop / kNormalCrop : request.side;
  encode(frame, {request.cx, request.cy, side}, b);
  net_.read_out(b.embedding.view(), memory.segments(RollingMemory::Tier::kSinks), b.first.view());
  segments_.clear();
  for (const auto tier : {RollingMemory::Tier::kRing, RollingMemory::Tier::kLong}) {
    const auto part = memory.segments(tier);
    segments_.insert(segments_.end(), part.begin(), part.end());
  }
  if (!segments_.empty()) net_.read_out(b.embedding.view(), segments_, b.recent.view());
  LookResult result;
  run_head(b, segments_.empty() ? b.first : b.recent, &request);
  result.target = peaks(b, kFaintTarget, request.target_peaks);
  run_head(b, b.first, nullptr);
  result.alike = peaks(b, request.rival_visible, kMostAlike);
  std::erase_if(result.alike,
                [&](const Peak& peak) { return peak.visible < request.rival_visible; });
  return result;
}

void Viewer::remember(const Box& box, RollingMemory& memory) {
  constexpr int kSide = kNormalCrop / kCellPixels;
  const Buffers& b = last_wide_ ? wide_ : normal_;
  const int edge = (b.cells - kSide) / 2;
  const TensorView all = b.embedding.view();
  for (int row = 0; row < kSide; ++row) {
    copy(all.slice(0, std::int64_t{row + edge} * b.cells + edge, kSide),
         inner_.view().at(0, 0).slice(0, std::int64_t{row} * kSide, kSide));
  }
  const double zoom = b.cells * kCellPixels / window_.side;
  const Box inside = centred_box(kNormalCrop / 2.0 + (box.centre_x() - window_.cx) * zoom,
                                 kNormalCrop / 2.0 + (box.centre_y() - window_.cy) * zoom,
                                 box.width * zoom,
                                 box.height * zoom);
  memory_values(inside, kSide, values_.view().at(0, 0));
  memory.append(inner_.view(), values_.view());
}

}  // namespace heddle::pipeline
