#include "pipeline/associations/attention.h"

#include "pipeline/assignment.h"
#include "pipeline/associations/grouping.h"
#include "pipeline/elapsed.h"
#include "pipeline/memory_snapshot.h"
#include "pipeline/track_record.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

using State = io::Track::State;

constexpr double kSizeGain = 0.5;      // how fast a box follows its detections' size
constexpr double kFade = 0.95;         // velocity of an unseen object, a frame
constexpr double kWorstSizeRatio = 3;  // detections this much larger or smaller are others
constexpr double kDuplicate = 0.6;     // a proposal this far inside a tracked object starts nothing
constexpr double kGroupScore = 0.4;    // visibility of an object inside a shared blob, at most
constexpr double kRivalMargin = 0.25;  // motion costs nearer than this need a look
constexpr double kApart = 0.05;        // IoU with others below which a sight is clean
constexpr int kBriefLoss = 3;          // misses that motion alone may bridge
constexpr double kNewcomerPrice = 0.6;  // objects with an id choose first
constexpr double kUsualFade = 0.98;     // of usual_area, a frame
constexpr double kGrowing = 1.03;       // of the area, a frame
constexpr double kDistancePrice = 0.1;  // of the gate, against (1 - likeness)
constexpr double kMovingShare = 0.25;   // of a newcomer's hits: less often moving is no object
constexpr double kFrozen = 0.02;        // change of a proposal's pixels that is noise
constexpr int kForgetNew = 2;           // misses that drop an unconfirmed object

}  // namespace

struct AttentionAssociation::Round {
  const io::Frame& frame;
  std::vector<Detection> detections;
  std::vector<bool> taken;                   // by a group or a match
  std::vector<std::optional<Sight>> sights;  // of detections, when looked at
  std::size_t looks_left = 0;
};

AttentionAssociation::AttentionAssociation(const AssociationSettings& settings, TrackingNet* net)
    : settings_(settings) {
  if (!settings.memory) return;
  if (net == nullptr) {
    throw std::invalid_argument(
        "association: memory is on but there is no network; load a model or pass --memory off");
  }
  reader_.emplace(*net);
}

void AttentionAssociation::predict() {
  for (TrackedObject& object : objects_) {
    object.motion.predict();
    object.matched = object.overdue = false;
    if (object.misses > 0) object.motion.damp(kFade);
    if (object.misses > kBriefLoss) object.grouped_since.reset();
  }
}

/// Objects that share a blob go on by motion, kept inside it; the blob itself starts nothing. After
/// group_seconds they are one object: whichever the blob is then matched with; the others end.
void AttentionAssociation::hold_groups(Round& round) {
  const double now = round.frame.seconds;
  for (const Group& group : find_groups(objects_, round.detections)) {
    const Box& blob = round.detections[group.detection].box;
    for (const std::size_t i : group.members) {
      TrackedObject& object = objects_[i];
      if (object.matched) continue;
      if (!object.grouped_since) object.grouped_since = now;
      object.overdue = has_passed(*object.grouped_since, now, settings_.group_seconds);
      if (object.overdue) continue;
      object.motion.correct(moved_inside(object.motion.box(), blob), 0);
      object.motion.damp(kFade);
      object.matched = true;
      object.misses = 0;
      object.last_seen = now;
      object.score = std::min(object.score, kGroupScore);
      object.state = object.state == State::kNew ? State::kNew : State::kTracked;
      round.taken[group.detection] = true;
    }
  }
}

double AttentionAssociation::motion_cost(const TrackedObject& object, const Box& box) const {
  if (reader_ && object.misses > kBriefLoss) return kForbidden;  // name_newcomers knows it again
  const Box expected = object.motion.box();
  const double ratio = box.area() / expected.area();
  if (ratio > kWorstSizeRatio * kWorstSizeRatio || ratio * kWorstSizeRatio * kWorstSizeRatio < 1) {
    return kForbidden;
  }
  const double gate =
      std::min(settings_.gate + settings_.gate_growth * object.misses, settings_.gate_limit) *
      expected.scale();
  const double shared = iou(expected, box);
  const double distance = centre_distance(expected, box) / gate;
  if (distance > 1 && shared < 0.1) return kForbidden;
  const double price = object.confirmed() ? 0 : kNewcomerPrice;
  return price + 0.5 * (1 - shared) + 0.5 * std::min(distance, 1.0);
}

/// The likeness of a detection to an object, or a middling guess when no look is left.
double AttentionAssociation::likeness(Round& round,
                                      const TrackedObject& object,
                                      std::size_t detection) {
  auto& sight = round.sights[detection];
  if (!sight) {
    if (round.looks_left == 0) return settings_.recover_likeness;
    --round.looks_left;
    ++looks_;
    reader_->look(round.frame, round.detections[detection].box, sight.emplace());
  }
  return reader_->likeness(*sight, *object.memory);
}

/// Adds the appearance cost to pairs that motion leaves open.
void AttentionAssociation::weigh_appearance(Round& round, std::vector<double>& costs) {
  const std::size_t columns = round.detections.size();
  for (std::size_t d = 0; d < columns; ++d) {
    double best = kForbidden;
    for (std::size_t i = 0; i < objects_.size(); ++i) best = std::min(best, costs[i * columns + d]);
    const auto open = [&](std::size_t i) {
      const double cost = costs[i * columns + d];
      return cost < kForbidden && objects_[i].memory &&
             (cost <= best + kRivalMargin || objects_[i].grouped_since);
    };
    std::vector<std::size_t> rivals;
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      if (open(i)) rivals.push_back(i);
    }
    if (rivals.size() < 2) continue;
    double most_like = -1;
    std::vector<double> likes;
    for (const std::size_t i : rivals) {
      likes.push_back(likeness(round, objects_[i], d));
      most_like = std::max(most_like, likes.back());
    }
    for (std::size_t r = 0; r < rivals.size(); ++r) {
      costs[rivals[r] * columns + d] += settings_.appearance_weight * (most_like - likes[r]);
    }
  }
}

std::vector<AttentionAssociation::Match> AttentionAssociation::match(Round& round) {
  const std::size_t columns = round.detections.size();
  std::vector<double> costs(objects_.size() * columns, kForbidden);
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    if (objects_[i].matched) continue;
    for (std::size_t d = 0; d < columns; ++d) {
      if (!round.taken[d]) {
        costs[i * columns + d] = motion_cost(objects_[i], round.detections[d].box);
      }
    }
  }
  if (reader_) weigh_appearance(round, costs);
  const std::vector<int> chosen =
      assign(costs, static_cast<int>(objects_.size()), static_cast<int>(columns));
  std::vector<Match> matches;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i] >= 0) matches.push_back({i, static_cast<std::size_t>(chosen[i])});
  }
  return matches;
}

void AttentionAssociation::accept(Round& round, const Match& match) {
  TrackedObject& object = objects_[match.object];
  const Detection& detection = round.detections[match.detection];
  const bool was_lost = object.state == State::kLost;
  object.motion.correct(detection.box, kSizeGain);
  object.matched = round.taken[match.detection] = true;
  object.growing = detection.box.area() > kGrowing * object.last_area;
  object.last_area = detection.box.area();
  object.usual_area = std::max(object.last_area, kUsualFade * object.usual_area);
  object.misses = 0;
  ++object.hits;
  object.moving_hits += detection.change > kFrozen ? 1 : 0;
  object.last_seen = round.frame.seconds;
  object.score = detection.score;
  object.grouped_since.reset();
  if (object.confirmed()) object.state = was_lost ? State::kRecovered : State::kTracked;
}

void AttentionAssociation::start_objects(Round& round) {
  for (std::size_t d = 0; d < round.detections.size(); ++d) {
    const Detection& detection = round.detections[d];
    if (round.taken[d]) continue;
    const bool piece = std::any_of(objects_.begin(), objects_.end(), [&](const TrackedObject& o) {
      return o.matched && share_inside(detection.box, o.motion.box()) > kDuplicate;
    });
    if (piece) continue;
    TrackedObject object(detection.box);
    object.hits = 1;
    object.moving_hits = detection.change > kFrozen ? 1 : 0;
    object.matched = true;
    object.score = detection.score;
    object.last_area = object.usual_area = detection.box.area();
    object.growing = true;
    object.first_seen = object.last_seen = round.frame.seconds;
    objects_.push_back(std::move(object));
  }
}

bool AttentionAssociation::ready(const TrackedObject& object, const io::Frame& frame) const {
  if (object.confirmed() || !object.matched) return false;
  if (object.moving_hits < settings_.confirm_hits ||
      object.moving_hits < kMovingShare * object.hits ||
      !has_passed(object.first_seen, frame.seconds, settings_.confirm_seconds)) {
    return false;
  }
  const Box box = object.motion.box();
  return centre_distance(object.first_box, box) >= settings_.confirm_travel * box.scale();
}

/// Could the lost object have come as far as `box`?
bool AttentionAssociation::reachable(const TrackedObject& lost, const Box& box) const {
  const double gate =
      std::min(settings_.gate + settings_.gate_growth * lost.misses, settings_.gate_limit) *
      std::sqrt(lost.usual_area);
  return lost.state == State::kLost && lost.memory && lost.misses > kBriefLoss &&
         centre_distance(lost.motion.box(), box) <= gate;
}

/// Unnamed objects that are ready for an id. One that could be a lost one needs a look: it waits
/// while it is still coming into view, for a little, and while no look is left.
std::vector<std::size_t> AttentionAssociation::newcomers(const Round& round) const {
  std::size_t looks = round.looks_left;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    const TrackedObject& object = objects_[i];
    if (!ready(object, round.frame)) continue;
    const bool knowable = std::any_of(objects_.begin(), objects_.end(), [&](const auto& lost) {
      return reachable(lost, object.motion.box());
    });
    const bool early = object.growing &&
                       !has_passed(object.first_seen, round.frame.seconds, settings_.grow_seconds);
    if (knowable && (early || looks == 0)) continue;
    looks -= knowable ? 1 : 0;
    found.push_back(i);
  }
  return found;
}

void AttentionAssociation::take_over(TrackedObject& lost, TrackedObject& newcomer) const {
  newcomer.id = lost.id;
  newcomer.memory = std::move(lost.memory);
  newcomer.remembered_at = lost.remembered_at;
  newcomer.first_seen = lost.first_seen;
  newcomer.state = State::kRecovered;
  lost.id = 0;
  lost.memory.reset();
  lost.misses = kForgetNew;  // dropped at the end of the round
}

/// Newcomers that a lost object's memory knows become that object again, the rest get new ids.
void AttentionAssociation::name_newcomers(Round& round) {
  const std::vector<std::size_t> fresh = newcomers(round);
  const std::size_t columns = objects_.size();
  std::vector<double> costs(fresh.size() * columns, kForbidden);
  for (std::size_t f = 0; f < fresh.size() && reader_; ++f) {
    const Box box = objects_[fresh[f]].motion.box();
    std::optional<Sight> sight;
    for (std::size_t j = 0; j < columns; ++j) {
      const TrackedObject& lost = objects_[j];
      if (!reachable(lost, box)) continue;
      if (!sight) {
        --round.looks_left;
        ++looks_;
        reader_->look(round.frame, box, sight.emplace());
      }
      const double like = reader_->likeness(*sight, *lost.memory);
      if (like < settings_.recover_likeness) continue;
      const double away = centre_distance(lost.motion.box(), box) / std::sqrt(lost.usual_area);
      costs[f * columns + j] = 1 - like + kDistancePrice * away / settings_.gate_limit;
    }
  }
  const std::vector<int> known =
      assign(costs, static_cast<int>(fresh.size()), static_cast<int>(columns));
  for (std::size_t f = 0; f < fresh.size(); ++f) {
    TrackedObject& object = objects_[fresh[f]];
    if (known[f] >= 0) {
      take_over(objects_[static_cast<std::size_t>(known[f])], object);
    } else {
      object.id = next_id_++;
      object.state = State::kNew;
    }
  }
}

/// Clean sights go to the objects' memories, those that waited longest first.
void AttentionAssociation::remember(Round& round) {
  std::vector<TrackedObject*> due;
  for (TrackedObject& object : objects_) {
    const bool fresh = object.matched && object.misses == 0 && !object.grouped_since;
    const bool waited =
        !object.memory || round.frame.number - object.remembered_at >= settings_.remember_every;
    if (!object.confirmed() || !fresh || !waited) continue;
    const bool apart = std::none_of(objects_.begin(), objects_.end(), [&](const auto& other) {
      return &other != &object && iou(other.motion.box(), object.motion.box()) > kApart;
    });
    if (apart || !object.memory) due.push_back(&object);
  }
  std::stable_sort(due.begin(), due.end(), [](const auto* a, const auto* b) {
    return (a->memory ? a->remembered_at : -1) < (b->memory ? b->remembered_at : -1);
  });
  for (TrackedObject* object : due) {
    if (round.looks_left == 0) return;
    --round.looks_left;
    ++looks_;
    Sight sight;
    reader_->look(round.frame, object->motion.box(), sight);
    if (!object->memory) object->memory.emplace(sight_memory_spec());
    object->memory->append(sight.keys.view(), sight.values.view());
    object->remembered_at = round.frame.number;
  }
}

/// Unseen objects become lost, then end; ended and never confirmed ones are dropped.
void AttentionAssociation::retire(const io::Frame& frame, std::vector<io::Track>& records) {
  for (TrackedObject& object : objects_) {
    if (object.matched) continue;
    ++object.misses;
    const Box box = object.motion.box();
    const bool outside = box.centre_x() < 0 || box.centre_y() < 0 || box.centre_x() > frame.width ||
                         box.centre_y() > frame.height;
    const double known = settings_.trust_growth * (object.last_seen - object.first_seen);
    const double patience =
        std::min(known, outside ? settings_.show_lost_seconds : settings_.lost_seconds);
    const bool forgotten = has_passed(object.last_seen, frame.seconds, patience);
    object.state = forgotten || object.overdue ? State::kEnded : State::kLost;
    object.score = 0;
  }
  for (const TrackedObject& object : objects_) {
    if (!object.confirmed()) continue;
    const bool quiet = object.state == State::kLost &&
                       has_passed(object.last_seen, frame.seconds, settings_.show_lost_seconds);
    if (quiet) continue;
    records.push_back(
        track_record(frame, object.id, object.motion.box(), object.score, object.state));
  }
  std::erase_if(objects_, [](const TrackedObject& object) {
    return object.state == State::kEnded || (!object.confirmed() && object.misses >= kForgetNew);
  });
}

std::vector<io::Track> AttentionAssociation::end_all(const io::Frame& frame) {
  std::vector<io::Track> records;
  for (const TrackedObject& object : objects_) {
    if (!object.confirmed()) continue;
    records.push_back(track_record(frame, object.id, object.motion.box(), 0, State::kEnded));
  }
  std::sort(records.begin(), records.end(), [](auto& a, auto& b) { return a.id < b.id; });
  objects_.clear();
  return records;
}

std::vector<io::Track> AttentionAssociation::update(const io::Frame& frame,
                                                    std::vector<Detection> detections) {
  predict();
  join_fragments(objects_, detections);
  const std::size_t count = detections.size();
  Round round{frame, std::move(detections), std::vector<bool>(count, false), {}, settings_.looks};
  round.sights.resize(count);
  hold_groups(round);
  for (const Match& found : match(round)) accept(round, found);
  start_objects(round);
  name_newcomers(round);
  if (reader_) remember(round);
  std::vector<io::Track> records;
  retire(frame, records);
  std::sort(
      records.begin(), records.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return records;
}

void TrackedObject::snapshot(io::Snapshot& s) {
  s(id, first_box, motion, state, score, hits, moving_hits, misses, first_seen, last_seen);
  s(last_area, usual_area, growing, grouped_since, overdue, remembered_at, matched);
  bool remembers = memory.has_value();
  s(remembers);
  if (!remembers) return;
  if (s.loading()) memory.emplace(sight_memory_spec());
  snapshot_memory(s, *memory);
}

void AttentionAssociation::snapshot(io::Snapshot& snapshot) {
  std::size_t count = objects_.size();
  snapshot(next_id_, looks_, count);
  if (snapshot.loading()) objects_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    if (snapshot.loading()) objects_.emplace_back(Box{});
    snapshot(objects_[i]);
  }
}

}  // namespace heddle::pipeline
