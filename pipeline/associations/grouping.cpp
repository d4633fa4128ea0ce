#include "pipeline/associations/grouping.h"

#include <algorithm>

namespace heddle::pipeline {
namespace {

constexpr double kInflate = 0.15;  // prediction error allowed around an object, share of sides
constexpr double kFragmentInside = 0.75;
constexpr double kBetterFit = 0.08;  // IoU that joining must gain
constexpr double kSolid = 0.6;       // of the joined box that its pieces must cover
constexpr double kMemberInside = 0.6;
constexpr double kFitsAlone = 0.65;  // IoU: the blob is simply this object
constexpr int kMostMisses = 3;       // an object unseen for longer joins no group

Box inflated(const Box& b) {
  return {b.x - kInflate * b.width,
          b.y - kInflate * b.height,
          b.width * (1 + 2 * kInflate),
          b.height * (1 + 2 * kInflate)};
}

int homes(const std::vector<TrackedObject>& objects, const Box& piece) {
  return static_cast<int>(std::count_if(objects.begin(), objects.end(), [&](const auto& o) {
    return o.confirmed() && o.misses <= kMostMisses &&
           share_inside(piece, inflated(o.motion.box())) >= kFragmentInside;
  }));
}

void join_pieces_of(const TrackedObject& object,
                    const std::vector<TrackedObject>& objects,
                    std::vector<Detection>& detections) {
  const Box expected = object.motion.box();
  const Box room = inflated(expected);
  std::vector<std::size_t> pieces;
  Detection joined;
  double best_alone = 0, covered = 0;
  for (std::size_t i = 0; i < detections.size(); ++i) {
    const Detection& d = detections[i];
    if (share_inside(d.box, room) < kFragmentInside || homes(objects, d.box) != 1) continue;
    joined.box = pieces.empty() ? d.box : union_of(joined.box, d.box);
    joined.score = std::max(joined.score, d.score);
    joined.change = pieces.empty() ? d.change : std::max(joined.change, d.change);
    best_alone = std::max(best_alone, iou(d.box, expected));
    covered += d.box.area();
    pieces.push_back(i);
  }
  if (pieces.size() < 2 || covered < kSolid * joined.box.area()) return;
  if (iou(joined.box, expected) < best_alone + kBetterFit) return;
  for (auto i = pieces.rbegin(); i != pieces.rend(); ++i) {
    detections.erase(detections.begin() + static_cast<std::ptrdiff_t>(*i));
  }
  detections.push_back(joined);
}

double clamp_axis(double at, double size, double low, double room) {
  return size >= room ? low + (room - size) / 2 : std::clamp(at, low, low + room - size);
}

}  // namespace

void join_fragments(const std::vector<TrackedObject>& objects, std::vector<Detection>& detections) {
  for (const TrackedObject& object : objects) {
    if (object.confirmed() && object.misses <= kMostMisses) {
      join_pieces_of(object, objects, detections);
    }
  }
}

std::vector<Group> find_groups(const std::vector<TrackedObject>& objects,
                               const std::vector<Detection>& detections) {
  std::vector<Group> groups;
  for (std::size_t d = 0; d < detections.size(); ++d) {
    Group group{d, {}};
    double best_fit = 0;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      const TrackedObject& object = objects[i];
      if (!object.confirmed() || object.misses > kMostMisses) continue;
      const Box box = object.motion.box();
      if (share_inside(box, detections[d].box) < kMemberInside) continue;
      group.members.push_back(i);
      best_fit = std::max(best_fit, iou(box, detections[d].box));
    }
    if (group.members.size() > 1 && best_fit < kFitsAlone) groups.push_back(std::move(group));
  }
  return groups;
}

Box moved_inside(const Box& box, const Box& blob) {
  return {clamp_axis(box.x, box.width, blob.x, blob.width),
          clamp_axis(box.y, box.height, blob.y, blob.height),
          box.width,
          box.height};
}

}  // namespace heddle::pipeline
