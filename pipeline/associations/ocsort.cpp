#include "pipeline/associations/ocsort.h"

#include "pipeline/assignment.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace heddle::pipeline {
namespace {

constexpr double kHighScore = 0.6;  // lower ones are not looked at
constexpr double kMinIou = 0.3;
constexpr double kInertia = 0.2;  // of the direction against the IoU
constexpr int kSpan = 3;          // frames that a direction is taken over
constexpr int kMinHits = 3;       // frames in a row before an object is reported
constexpr int kMaxAge = 30;       // frames an object may be missed

struct Direction {
  double x = 0, y = 0;
};

Direction direction(const Box& from, const Box& to) {
  const double x = to.centre_x() - from.centre_x(), y = to.centre_y() - from.centre_y();
  const double length = std::hypot(x, y) + 1e-6;
  return {x / length, y / length};
}

/// Takes off both lists the pairs (row, column of `ious`) that overlap enough.
template <class Accept>
void settle(const std::vector<double>& ious,
            const std::vector<int>& chosen,
            std::vector<std::size_t>& rows,
            std::vector<std::size_t>& columns,
            Accept accept) {
  std::vector<std::size_t> rows_left;
  std::vector<bool> taken(columns.size(), false);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto c = static_cast<std::size_t>(chosen[r]);
    if (chosen[r] < 0 || ious[r * columns.size() + c] < kMinIou) {
      rows_left.push_back(rows[r]);
      continue;
    }
    accept(rows[r], columns[c]);
    taken[c] = true;
  }
  std::vector<std::size_t> columns_left;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (!taken[c]) columns_left.push_back(columns[c]);
  }
  rows = std::move(rows_left);
  columns = std::move(columns_left);
}

std::vector<int> best_pairs(std::vector<double> worth, std::size_t rows, std::size_t columns) {
  for (double& w : worth) w = -w;
  return assign(worth, static_cast<int>(rows), static_cast<int>(columns));
}

/// Each row's only column above the limit, where no row and no column has two.
std::optional<std::vector<int>> unambiguous(const std::vector<double>& ious,
                                            std::size_t rows,
                                            std::size_t columns) {
  std::vector<int> chosen(rows, -1);
  std::vector<bool> taken(columns, false);
  bool any = false;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      if (ious[r * columns + c] <= kMinIou) continue;
      if (chosen[r] >= 0 || taken[c]) return std::nullopt;
      chosen[r] = static_cast<int>(c);
      taken[c] = any = true;
    }
  }
  return any ? std::optional(std::move(chosen)) : std::nullopt;
}

}  // namespace

void OcSortAssociation::Object::predict() {
  motion.predict();
  ++age;
  if (misses > 0) streak = 0;
  ++misses;
}

/// The sighting `frames` ago, else the next after it, else the last; none: nothing.
const Box* OcSortAssociation::Object::seen_before(std::int64_t frames) const {
  for (const Sighting& sighting : sightings) {
    if (age - sighting.age <= frames && sighting.age < age) return &sighting.box;
  }
  return sightings.empty() ? nullptr : &sightings.back().box;
}

/// Nothing is kept of an object that was never seen again after its first box.
void OcSortAssociation::Object::miss() {
  if (!frozen && !sightings.empty()) frozen = motion;
}

/// Along the line from the last sighting to this one.
void OcSortAssociation::Object::run_again(const Box& seen) {
  const Box& from = sightings.back().box;
  const auto gap = static_cast<int>(age - sightings.back().age);
  motion = *frozen;
  frozen.reset();
  for (int step = 1; step <= gap; ++step) {
    const double share = static_cast<double>(step) / gap;
    const auto between = [share](double a, double b) { return a + share * (b - a); };
    motion.correct(centred_box(between(from.centre_x(), seen.centre_x()),
                               between(from.centre_y(), seen.centre_y()),
                               between(from.width, seen.width),
                               between(from.height, seen.height)));
    if (step < gap) motion.predict();
  }
}

void OcSortAssociation::Object::correct(const Detection& seen) {
  if (const Box* before = seen_before(kSpan)) {
    const Direction way = direction(*before, seen.box);
    direction_x = way.x;
    direction_y = way.y;
  }
  if (frozen) run_again(seen.box);
  motion.correct(seen.box);  // once more after running again, as the authors' program does
  sightings.push_back({age, seen.box});
  if (sightings.size() > kSpan + 1) sightings.pop_front();
  score = seen.score;
  ++streak;
  misses = 0;
}

/// -0.5..0.5: does the way to the box keep the object's direction?
double OcSortAssociation::momentum(const Object& object, const Detection& seen) const {
  const Box* before = object.seen_before(kSpan);
  if (before == nullptr) return 0;
  const Direction way = direction(*before, seen.box);
  const double cosine =
      std::clamp(object.direction_x * way.x + object.direction_y * way.y, -1.0, 1.0);
  return 0.5 - std::acos(cosine) / std::numbers::pi;
}

void OcSortAssociation::match_predicted(const std::vector<Detection>& boxes, Pairs& left) {
  std::vector<double> ious, worth;  // (objects, boxes)
  for (const Object& object : objects_) {
    const Box expected = object.motion.box();
    for (const Detection& seen : boxes) {
      ious.push_back(iou(expected, seen.box));
      worth.push_back(ious.back() + kInertia * momentum(object, seen) * seen.score);
    }
  }
  auto chosen = unambiguous(ious, objects_.size(), boxes.size());
  if (!chosen) chosen = best_pairs(std::move(worth), objects_.size(), boxes.size());
  settle(ious, *chosen, left.objects, left.boxes, [&](std::size_t o, std::size_t b) {
    objects_[o].correct(boxes[b]);
  });
}

void OcSortAssociation::match_last_seen(const std::vector<Detection>& boxes, Pairs& left) {
  std::vector<double> ious;  // (objects left, boxes left)
  for (const std::size_t o : left.objects) {
    const Object& object = objects_[o];
    for (const std::size_t b : left.boxes) {
      ious.push_back(object.sightings.empty() ? 0 : iou(object.sightings.back().box, boxes[b].box));
    }
  }
  const auto chosen = best_pairs(ious, left.objects.size(), left.boxes.size());
  settle(ious, chosen, left.objects, left.boxes, [&](std::size_t o, std::size_t b) {
    objects_[o].correct(boxes[b]);
  });
}

void OcSortAssociation::end_all() {
  for (const Object& object : objects_) end(object.id, object.motion.box());
  objects_.clear();
}

std::vector<io::Track> OcSortAssociation::seen_tracks(const io::Frame& frame) {
  std::vector<io::Track> tracks;
  for (Object& object : objects_) {
    if (object.misses > 0 || (object.streak < kMinHits && frames_ > kMinHits)) continue;
    const bool fresh = object.id == 0;
    if (fresh) object.id = next_id_++;
    const Box box = object.sightings.empty() ? object.birth : object.sightings.back().box;
    tracks.push_back(track_of(frame, object.id, box, object.score, fresh));
  }
  std::erase_if(objects_, [this](const Object& object) {
    if (object.misses <= kMaxAge) return false;
    end(object.id, object.motion.box());
    return true;
  });
  std::sort(tracks.begin(), tracks.end(), [](auto& a, auto& b) { return a.id < b.id; });
  return tracks;
}

std::vector<io::Track> OcSortAssociation::update(const io::Frame& frame,
                                                 std::span<const Detection> boxes) {
  ++frames_;
  std::vector<Detection> high;
  for (const Detection& seen : boxes) {
    if (seen.score > kHighScore) high.push_back(seen);
  }
  for (Object& object : objects_) object.predict();
  Pairs left{std::vector<std::size_t>(objects_.size()), std::vector<std::size_t>(high.size())};
  std::iota(left.objects.begin(), left.objects.end(), 0);
  std::iota(left.boxes.begin(), left.boxes.end(), 0);
  match_predicted(high, left);
  match_last_seen(high, left);
  for (const std::size_t o : left.objects) objects_[o].miss();
  for (const std::size_t b : left.boxes) objects_.emplace_back(high[b]);
  return seen_tracks(frame);
}

}  // namespace heddle::pipeline
