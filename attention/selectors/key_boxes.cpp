#include "attention/selectors/key_boxes.h"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr std::int64_t kLanes = kSummaryLanes;

std::int64_t groups_of(const SummarySpec& spec) { return (spec.slots + kLanes - 1) / kLanes; }

}  // namespace

KeyBoxes::KeyBoxes(const SummarySpec& spec)
    : spec_(spec),
      lows_(DType::kF32, {spec.heads, groups_of(spec), spec.dim, kLanes}),
      highs_(DType::kF32, {spec.heads, groups_of(spec), spec.dim, kLanes}) {}

std::int64_t KeyBoxes::group(int head, std::int64_t slot) const {
  return (head * groups_of(spec_) + slot / kLanes) * spec_.dim * kLanes;
}

void KeyBoxes::clear(std::int64_t slot) {
  for (int head = 0; head < spec_.heads; ++head) {
    const std::int64_t first = group(head, slot) + slot % kLanes;
    for (int i = 0; i < spec_.dim; ++i) {
      lows_.view().as<float>()[first + i * kLanes] = std::numeric_limits<float>::infinity();
      highs_.view().as<float>()[first + i * kLanes] = -std::numeric_limits<float>::infinity();
    }
  }
}

void KeyBoxes::add(int head, std::int64_t slot, const float* key) {
  const std::int64_t first = group(head, slot) + slot % kLanes;
  for (int i = 0; i < spec_.dim; ++i) {
    float& low = lows_.view().as<float>()[first + i * kLanes];
    float& high = highs_.view().as<float>()[first + i * kLanes];
    low = std::min(low, key[i]);
    high = std::max(high, key[i]);
  }
}

void KeyBoxes::score(int head, const float* query, std::span<float> scores) const {
  if (scores.size() < BlockSummaries::score_room(spec_)) {
    throw std::invalid_argument("key boxes: room for " + std::to_string(scores.size()) +
                                " scores, " + std::to_string(BlockSummaries::score_room(spec_)) +
                                " are written");
  }
  const std::int64_t groups = groups_of(spec_);
  std::array<LaneJob, 64> jobs;
  for (std::int64_t first = 0; first < groups; first += std::ssize(jobs)) {
    const std::int64_t count = std::min<std::int64_t>(std::ssize(jobs), groups - first);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t slot = (first + i) * kLanes;
      jobs[static_cast<std::size_t>(i)] = {.query = query,
                                           .rows = lows_.view().as<float>() + group(head, slot),
                                           .highs = highs_.view().as<float>() + group(head, slot),
                                           .out = scores.data() + slot};
    }
    lane_bounds({jobs.data(), static_cast<std::size_t>(count)}, spec_.dim);
  }
}

}  // namespace heddle::attention
