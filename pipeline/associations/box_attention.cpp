#include "pipeline/associations/box_attention.h"

#include "pipeline/assignment.h"
#include "pipeline/elapsed.h"
#include "pipeline/track_record.h"

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {
namespace {

using State = io::Track::State;

constexpr int kSettled = 5;             // boxes after which an object's surprises teach the pace
constexpr double kWorstSurprise = 4;    // larger ones count as this
constexpr double kMeanSurprise = 0.92;  // of a normal quantity, cut off there
constexpr double kSlowest = 0.05, kFastest = 100;  // pace
constexpr double kUsual = 1.25;           // standard deviation of a normal quantity of mean size 1
constexpr double kWorstDrift = 4;         // of the usual: a stray beyond it counts as this
constexpr double kLeastCertainty = 0.05;  // a smaller one counts as this
constexpr int kForgetNew = 2;             // misses that drop a newcomer

/// May part of it be outside the picture? Who comes in there is nobody who was lost inside.
bool at_border(const Box& box, const io::Frame& frame) {
  constexpr double kSlack = 0.1;  // of its sides
  const double x = kSlack * box.width, y = kSlack * box.height;
  return frame.width > 0 && (box.x < x || box.y < y || box.right() > frame.width - x ||
                             box.bottom() > frame.height - y);
}

/// Softmax of the box's log-odds over the objects and 'new', whose log-odds are 0.
double attention(const std::vector<double>& odds,
                 std::size_t boxes,
                 std::size_t object,
                 std::size_t box) {
  const double own = odds[object * boxes + box];
  double sum = std::exp(-own);
  for (std::size_t at = box; at < odds.size(); at += boxes) sum += std::exp(odds[at] - own);
  return 1 / sum;
}

}  // namespace

struct BoxAttention::Claim {
  std::size_t object = 0, box = 0;
  double certainty = 1;  // 0..1
};

struct BoxAttention::Round {
  const io::Frame& frame;
  std::span<const Detection> boxes;
  std::vector<bool> claimed;        // of boxes
  std::vector<Surprise> surprises;  // of settled objects
};

void BoxAttention::accept(Round& round, const Claim& claim) {
  Object& found = objects_[claim.object];
  const Detection& seen = round.boxes[claim.box];
  const double certainty = std::max(claim.certainty, kLeastCertainty);
  const double doubt = 1 / (certainty * certainty);
  const Surprise surprise = found.memory.correct(seen, doubt, settings_.memory);
  if (found.hits >= kSettled && found.misses == 1) round.surprises.push_back(surprise);
  found.back = found.misses > settings_.memory.view;
  found.misses = 0;
  ++found.hits;
  found.evidence += seen.score;
  found.score = seen.score;
  found.last_seen = round.frame.seconds;
  round.claimed[claim.box] = true;
}

void BoxAttention::attend(Round& round, bool high) {
  std::vector<std::size_t> queries, keys;
  for (std::size_t b = 0; b < round.boxes.size(); ++b) {
    const double score = round.boxes[b].score;
    if (round.claimed[b] || score < settings_.low_score) continue;
    if ((score >= settings_.high_score) == high) queries.push_back(b);
  }
  for (std::size_t o = 0; o < objects_.size(); ++o) {
    const Object& object = objects_[o];
    if (object.misses == 0) continue;  // has its box
    if (high || (object.misses <= settings_.memory.view && object.id > 0)) keys.push_back(o);
  }
  const double newcomer = high ? settings_.newcomer : settings_.low_newcomer;
  std::vector<double> odds, costs;  // (objects, boxes), logarithms, against 'new'
  for (const std::size_t o : keys) {
    const Object& object = objects_[o];
    const bool lost = object.misses > settings_.memory.view;
    for (const std::size_t b : queries) {
      const Detection& seen = round.boxes[b];
      double logit = object.memory.fit(seen, settings_.memory);
      if (lost) logit -= settings_.lost_price;
      if (lost && at_border(seen.box, round.frame)) logit -= settings_.border_price;
      odds.push_back(logit - newcomer);
      costs.push_back(std::min(0.0, -odds.back()));
    }
  }
  const std::vector<int> chosen =
      assign(costs, static_cast<int>(keys.size()), static_cast<int>(queries.size()));
  for (std::size_t k = 0; k < keys.size(); ++k) {
    if (chosen[k] < 0) continue;
    const auto q = static_cast<std::size_t>(chosen[k]);
    if (costs[k * queries.size() + q] >= 0) continue;
    const double certainty = attention(odds, queries.size(), k, q);
    accept(round, {keys[k], queries[q], certainty});
  }
}

void BoxAttention::start(Round& round) {
  const std::size_t known = objects_.size();
  for (std::size_t b = 0; b < round.boxes.size(); ++b) {
    const Detection& seen = round.boxes[b];
    if (round.claimed[b] || seen.score < settings_.start_score) continue;
    bool doubled = false;
    for (std::size_t o = 0; o < known && !doubled; ++o) {
      doubled =
          objects_[o].misses == 0 && iou(objects_[o].memory.box(), seen.box) > settings_.doubled;
    }
    if (doubled) continue;
    objects_.push_back({.memory = BoxMemory(seen, settings_.memory),
                        .evidence = seen.score,
                        .score = seen.score,
                        .hits = 1,
                        .first_seen = round.frame.seconds,
                        .last_seen = round.frame.seconds});
  }
}

/// The pace from what surprised in this frame, the drift from where objects are a second later.
void BoxAttention::learn(const Round& round) {
  const auto pace = [&](double Surprise::*of, double& value) {
    double sum = 0;
    for (const Surprise& surprise : round.surprises) sum += std::min(surprise.*of, kWorstSurprise);
    const double excess = sum - kMeanSurprise * static_cast<double>(round.surprises.size());
    value = std::clamp(value * std::exp(settings_.learn_pace * excess), kSlowest, kFastest);
  };
  pace(&Surprise::x, step_.pace.x);
  pace(&Surprise::y, step_.pace.y);
  for (Object& object : objects_) {
    if (object.misses > 0) continue;
    const auto strayed = object.memory.strayed(round.frame.seconds);
    if (!strayed) continue;
    const auto drift = [&](double Drift::*of) {
      double& value = step_.drift.*of;
      value += settings_.learn_drift *
               (std::min(kUsual * ((*strayed).*of), kWorstDrift * value) - value);
    };
    drift(&Drift::x);
    drift(&Drift::y);
  }
}

void BoxAttention::retire(const io::Frame& frame) {
  std::erase_if(objects_, [&](const Object& object) {
    return object.id == 0 ? object.misses >= kForgetNew
                          : has_passed(object.last_seen, frame.seconds, settings_.lost_seconds);
  });
}

/// Is a newcomer worth an id?
bool BoxAttention::is_sure(const Object& newcomer, const io::Frame& frame) const {
  return newcomer.evidence >= settings_.confirm &&
         has_passed(newcomer.first_seen, frame.seconds, settings_.confirm_seconds);
}

std::vector<io::Track> BoxAttention::seen_tracks(const io::Frame& frame) {
  std::vector<io::Track> tracks;
  for (Object& object : objects_) {
    if (object.misses > 0) continue;
    const bool fresh = object.id == 0;
    if (fresh && frames_ > 1 && !is_sure(object, frame)) continue;
    if (fresh) object.id = next_id_++;
    const State state = fresh ? State::kNew : object.back ? State::kRecovered : State::kTracked;
    tracks.push_back(track_record(frame, object.id, object.memory.box(), object.score, state));
  }
  std::sort(tracks.begin(), tracks.end(), [](auto& a, auto& b) { return a.id < b.id; });
  return tracks;
}

std::vector<io::Track> BoxAttention::update(const io::Frame& frame,
                                            std::span<const Detection> boxes) {
  ++frames_;
  step_.seconds = frame.seconds - last_seconds_;
  last_seconds_ = frame.seconds;
  for (Object& object : objects_) {
    object.memory.predict(settings_.memory, step_);
    ++object.misses;
  }
  Round round{frame, boxes, std::vector<bool>(boxes.size(), false), {}};
  attend(round, true);
  attend(round, false);
  start(round);
  learn(round);
  retire(frame);
  return seen_tracks(frame);
}

}  // namespace heddle::pipeline
