#include "pipeline/associations/sort.h"

#include "pipeline/assignment.h"

#include <algorithm>

namespace heddle::pipeline {
namespace {

constexpr double kMinIou = 0.3;
constexpr int kMinHits = 3;  // frames in a row before an object is reported
constexpr int kMaxAge = 1;   // frames an object may be missed

}  // namespace

void SortAssociation::Object::predict() {
  motion.predict();
  if (misses > 0) streak = 0;
  ++misses;
}

void SortAssociation::Object::correct(const Detection& seen) {
  motion.correct(seen.box);
  ++streak;
  misses = 0;
  score = seen.score;
}

void SortAssociation::end_all() {
  for (const Object& object : objects_) end(object.id, object.motion.box());
  objects_.clear();
}

std::vector<io::Track> SortAssociation::update(const io::Frame& frame,
                                               std::span<const Detection> boxes) {
  ++frames_;
  for (Object& object : objects_) object.predict();
  std::vector<double> costs;
  for (const Object& object : objects_) {
    for (const Detection& seen : boxes) costs.push_back(1 - iou(object.motion.box(), seen.box));
  }
  const std::vector<int> chosen =
      assign(costs, static_cast<int>(objects_.size()), static_cast<int>(boxes.size()));
  std::vector<bool> taken(boxes.size(), false);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i] < 0 || costs[i * boxes.size() + chosen[i]] > 1 - kMinIou) continue;
    objects_[i].correct(boxes[chosen[i]]);
    taken[chosen[i]] = true;
  }
  for (std::size_t d = 0; d < boxes.size(); ++d) {
    if (!taken[d]) objects_.emplace_back(boxes[d]);
  }
  std::vector<io::Track> tracks;
  for (Object& object : objects_) {
    if (object.misses > 0 || (object.streak < kMinHits && frames_ > kMinHits)) continue;
    const bool fresh = object.id == 0;
    if (fresh) object.id = next_id_++;
    tracks.push_back(track_of(frame, object.id, object.motion.box(), object.score, fresh));
  }
  std::erase_if(objects_, [this](const Object& object) {
    if (object.misses <= kMaxAge) return false;
    end(object.id, object.motion.box());
    return true;
  });
  std::sort(tracks.begin(), tracks.end(), [](auto& a, auto& b) { return a.id < b.id; });
  return tracks;
}

}  // namespace heddle::pipeline
