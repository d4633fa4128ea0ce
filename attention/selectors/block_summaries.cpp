#include "attention/selectors/block_summaries.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace heddle::attention {
namespace {

constexpr std::int64_t kLanes = kSummaryLanes;

std::int64_t groups_of(const SummarySpec& spec) { return (spec.slots + kLanes - 1) / kLanes; }

}  // namespace

BlockSummaries::BlockSummaries(const SummarySpec& spec)
    : spec_(spec), sums_(DType::kF32, {spec.heads, groups_of(spec), spec.dim, kLanes}) {}

std::size_t BlockSummaries::bytes(const SummarySpec& spec) {
  return static_cast<std::size_t>(spec.heads * groups_of(spec) * spec.dim * kLanes) * sizeof(float);
}

std::size_t BlockSummaries::score_room(const SummarySpec& spec) {
  return static_cast<std::size_t>(groups_of(spec) * kLanes);
}

float* BlockSummaries::group(int head, std::int64_t slot) const {
  const std::int64_t index = head * groups_of(spec_) + slot / kLanes;
  return sums_.view().as<float>() + index * spec_.dim * kLanes;
}

void BlockSummaries::clear(std::int64_t slot) {
  for (int head = 0; head < spec_.heads; ++head) {
    float* sums = group(head, slot) + slot % kLanes;
    for (int i = 0; i < spec_.dim; ++i) sums[i * kLanes] = 0;
  }
}

void BlockSummaries::add(int head, std::int64_t slot, const float* key) {
  float* sums = group(head, slot) + slot % kLanes;
  for (int i = 0; i < spec_.dim; ++i) sums[i * kLanes] += key[i];
}

void BlockSummaries::sum_of(int head, std::int64_t slot, std::span<float> sum) const {
  const float* sums = group(head, slot) + slot % kLanes;
  for (int i = 0; i < spec_.dim; ++i) sum[static_cast<std::size_t>(i)] = sums[i * kLanes];
}

void BlockSummaries::score(int head, const float* query, std::span<float> scores) const {
  if (scores.size() < score_room(spec_)) {
    throw std::invalid_argument("block summaries: room for " + std::to_string(scores.size()) +
                                " scores, " + std::to_string(score_room(spec_)) + " are written");
  }
  const std::int64_t groups = groups_of(spec_);
  std::array<LaneJob, 64> jobs;
  for (std::int64_t first = 0; first < groups; first += std::ssize(jobs)) {
    const std::int64_t count = std::min<std::int64_t>(std::ssize(jobs), groups - first);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t slot = (first + i) * kLanes;
      jobs[static_cast<std::size_t>(i)] = {
          .query = query, .rows = group(head, slot), .out = scores.data() + slot};
    }
    lane_products({jobs.data(), static_cast<std::size_t>(count)}, spec_.dim, spec_.dim);
  }
  const float mean = 1.0f / static_cast<float>(spec_.block);
  for (float& score : scores.first(score_room(spec_))) score *= mean;
}

}  // namespace heddle::attention
