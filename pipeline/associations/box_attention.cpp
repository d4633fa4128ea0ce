#include "pipeline/associations/box_attention.h"

#include "pipeline/assignment.h"
#include "pipeline/associations/box_attention_round.h"
#include "pipeline/associations/whole_box.h"
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
constexpr double kWorstTremble = 10;      // of the usual: evidence beyond it counts as this
constexpr std::int64_t kPriorTrembles = 10;  // that what is expected is worth at the start
constexpr double kLearnGaps = 0.003;         // a box
constexpr double kFewestGaps = 0.0005;
constexpr double kLearnTrust = 0.1;  // a promising newcomer
// A box that only motion foretells is worth the less the older what it goes by; after a second,
// when a lost object is no longer told, a quarter.
constexpr double kHalfScoreSeconds = 0.5;

/// May part of it be outside the picture? Who comes in there is nobody who was lost inside.
bool at_border(const Box& box, const io::Frame& frame) {
  constexpr double kSlack = 0.1;  // of its sides
  const double x = kSlack * box.width, y = kSlack * box.height;
  return frame.width > 0 && (box.x < x || box.y < y || box.right() > frame.width - x ||
                             box.bottom() > frame.height - y);
}

}  // namespace

BoxAttention::BoxAttention(const BoxAttentionSettings& settings, TrackingNet* net)
    : settings_(settings), tremble_(2 * settings.blurred), gaps_(settings.usual_gaps) {
  if (net != nullptr) looks_.emplace(*net);
}

void BoxAttention::snapshot(io::Snapshot& snapshot) {
  snapshot(camera_,
           step_,
           last_seconds_,
           tremble_,
           trembles_,
           gaps_,
           trust_,
           objects_,
           frames_,
           next_id_);
  if (looks_) snapshot(*looks_);
}

/// 0: boxes that tremble as the settings expect, 1: boxes that do not.
double BoxAttention::crispness() const {
  const double beyond = tremble_ - settings_.crisp;
  return 1 - std::clamp(beyond / (settings_.blurred - settings_.crisp), 0.0, 1.0);
}

void BoxAttention::end_all() {
  for (const Object& object : objects_) end(object.id, object.memory.box());
  objects_.clear();
}

void BoxAttention::begin_scene() {
  end_all();
  camera_.forget();
  frames_ = 0;
}

void BoxAttention::accept(Round& round, const Claim& claim) {
  Object& found = objects_[claim.object];
  const Detection& seen = round.boxes[claim.box];
  const double certainty = std::max(claim.certainty, kLeastCertainty);
  const double doubt = 1 / (certainty * certainty);
  const double told_noise = std::clamp(tremble_ / settings_.usual_tremble, 0.0, 1.0);
  const Detection whole = this->whole(seen, found, round.frame);
  const Surprise surprise = found.memory.correct(whole, doubt, sharp_, told_noise);
  if (whole.box.area() > seen.box.area()) {
    const Box visible = visible_part(found.memory.told(), round.frame.width, round.frame.height);
    found.memory.tell(visible.area() > 0 ? visible : seen.box);
  }
  if (found.hits >= kSettled && found.misses == 1) round.surprises.push_back(surprise);
  if (found.misses > 1) found.tremble.gap();
  if (found.misses <= settings_.memory.view) {
    gaps_ += kLearnGaps * ((found.misses > 1 ? 1 : 0) - gaps_);
  }
  found.back = found.misses > settings_.memory.view;
  found.misses = 0;
  ++found.hits;
  found.evidence += seen.score;
  found.score = seen.score;
  found.last_seen = round.frame.seconds;
  round.owners[claim.box] = static_cast<int>(claim.object);
}

/// The box as if no border cut it off. The share that it must lack for that is a matter of how much
/// boxes tremble: where they tremble much, a short one is rather a bad one.
Detection BoxAttention::whole(const Detection& seen,
                              const Object& object,
                              const io::Frame& frame) const {
  Detection whole = seen;
  const double least = settings_.cut * std::sqrt(std::max(tremble_, 0.0));
  whole.box = whole_box(seen.box, object.memory.box(), frame.width, frame.height, least);
  return whole;
}

BoxAttention::Pairs BoxAttention::pairs(const Round& round, bool high) const {
  Pairs pairs;
  for (std::size_t b = 0; b < round.boxes.size(); ++b) {
    const double score = round.boxes[b].score;
    if (round.owners[b] >= 0 || score < settings_.low_score) continue;
    if ((score >= settings_.high_score) == high) pairs.boxes.push_back(b);
  }
  for (std::size_t o = 0; o < objects_.size(); ++o) {
    const Object& object = objects_[o];
    if (object.misses == 0) continue;  // has its box
    if (high || (object.misses <= settings_.memory.view && object.proved)) {
      pairs.objects.push_back(o);
    }
  }
  const double rare = std::log(settings_.usual_gaps / std::max(gaps_, kFewestGaps));
  const double lost_price = settings_.lost_price + settings_.gap_price * std::max(0.0, rare);
  const double newcomer = high ? settings_.newcomer : settings_.low_newcomer;
  for (const std::size_t o : pairs.objects) {
    const Object& object = objects_[o];
    const bool lost = object.misses > settings_.memory.view;
    for (const std::size_t b : pairs.boxes) {
      const Detection& seen = round.boxes[b];
      double logit = object.memory.fit(whole(seen, object, round.frame), sharp_);
      if (lost) logit -= lost_price;
      if (lost && at_border(seen.box, round.frame)) logit -= settings_.border_price;
      pairs.odds.push_back(logit - newcomer);
    }
  }
  return pairs;
}

/// Softmax of the box's log-odds over the objects and 'new', whose log-odds are 0.
double BoxAttention::certainty(const Pairs& pairs, std::size_t object, std::size_t box) {
  const double own = pairs.at(object, box);
  double sum = std::exp(-own);
  for (std::size_t o = 0; o < pairs.objects.size(); ++o) sum += std::exp(pairs.at(o, box) - own);
  return 1 / sum;
}

void BoxAttention::attend(Round& round, bool high) {
  Pairs pairs = this->pairs(round, high);
  if (high && looks_) look(round, pairs);
  std::vector<double> costs;
  costs.reserve(pairs.odds.size());
  for (const double odds : pairs.odds) costs.push_back(std::min(0.0, -odds));
  const std::vector<int> chosen =
      assign(costs, static_cast<int>(pairs.objects.size()), static_cast<int>(pairs.boxes.size()));
  for (std::size_t o = 0; o < pairs.objects.size(); ++o) {
    if (chosen[o] < 0) continue;
    const auto b = static_cast<std::size_t>(chosen[o]);
    if (pairs.at(o, b) <= 0) continue;
    const Claim claim{pairs.objects[o], pairs.boxes[b], certainty(pairs, o, b)};
    const bool lost = objects_[claim.object].misses > settings_.memory.view;
    if (lost && claim.certainty < settings_.sure_return) continue;
    accept(round, claim);
  }
}

/// What is left over on both sides and overlaps what was told last is one and the same: something
/// that moved or grew within a frame by more than anything before foretold.
void BoxAttention::join_rest(Round& round) {
  constexpr double kCrisp = 0.1;  // of overlap: so much less is enough where boxes do not tremble
  const double least = settings_.rest_overlap - kCrisp * crispness();
  std::vector<std::size_t> objects, boxes;
  for (std::size_t o = 0; o < objects_.size(); ++o) {
    if (objects_[o].misses == 1 && objects_[o].proved) objects.push_back(o);
  }
  for (std::size_t b = 0; b < round.boxes.size(); ++b) {
    const bool counts = round.boxes[b].score >= settings_.start_score;
    if (counts && round.owners[b] < 0) boxes.push_back(b);
  }
  std::vector<double> costs;
  for (const std::size_t o : objects) {
    for (const std::size_t b : boxes) {
      const double overlap = iou(objects_[o].memory.told(), round.boxes[b].box);
      costs.push_back(overlap > least ? -overlap : 0);
    }
  }
  const std::vector<int> chosen =
      assign(costs, static_cast<int>(objects.size()), static_cast<int>(boxes.size()));
  for (std::size_t o = 0; o < objects.size(); ++o) {
    if (chosen[o] < 0) continue;
    const auto b = static_cast<std::size_t>(chosen[o]);
    if (costs[o * boxes.size() + b] < 0) accept(round, {objects[o], boxes[b], 1});
  }
}

/// Worth an id at once? Not what may be somebody whose box is missing just now: if the next boxes
/// tell that it is, nobody was told of a new one.
bool BoxAttention::is_promising(const Detection& newcomer) const {
  constexpr int kJust = 2;  // misses; who is away for longer was rather covered than jumped
  if (newcomer.score < settings_.at_once) return false;
  return std::none_of(objects_.begin(), objects_.end(), [&](const Object& object) {
    return object.id > 0 && object.misses > 0 && object.misses <= kJust &&
           object.memory.fit(newcomer, sharp_) > settings_.waiting_fit;
  });
}

void BoxAttention::start(Round& round) {
  const double crisp = crispness();
  const double limit = settings_.doubled + crisp * (settings_.crisp_doubled - settings_.doubled);
  const std::size_t known = objects_.size();
  for (std::size_t b = 0; b < round.boxes.size(); ++b) {
    const Detection& seen = round.boxes[b];
    if (round.owners[b] >= 0 || seen.score < settings_.start_score) continue;
    bool doubled = false;
    for (std::size_t o = 0; o < known && !doubled; ++o) {
      doubled = objects_[o].misses == 0 && iou(objects_[o].memory.told(), seen.box) > limit;
    }
    if (doubled) continue;
    round.owners[b] = static_cast<int>(objects_.size());
    const bool promising = is_promising(seen);
    Object& object = objects_.emplace_back();
    object.promising = promising;
    object.memory = BoxMemory(seen, settings_.memory);
    object.evidence = object.score = seen.score;
    object.hits = 1;
    object.first_seen = object.last_seen = round.frame.seconds;
  }
}

/// The pace from what surprised in this frame, the drift from where objects are a second later, the
/// boxes' noise from how they tremble.
void BoxAttention::learn(const Round& round) {
  const auto pace = [&](double Surprise::*of, double& value) {
    double sum = 0;
    for (const Surprise& surprise : round.surprises) sum += std::min(surprise.*of, kWorstSurprise);
    const double excess = sum - kMeanSurprise * static_cast<double>(round.surprises.size());
    value = std::clamp(value * std::exp(settings_.learn_pace * excess), kSlowest, kFastest);
  };
  pace(&Surprise::x, step_.pace.x);
  pace(&Surprise::y, step_.pace.y);
  for (std::size_t b = 0; b < round.boxes.size(); ++b) {
    if (round.owners[b] < 0) continue;
    Object& object = objects_[static_cast<std::size_t>(round.owners[b])];
    const double most = kWorstTremble * settings_.usual_tremble;
    if (const auto evidence = object.tremble.add(round.boxes[b].box)) {
      const double gain = std::max(settings_.learn_tremble,
                                   1.0 / static_cast<double>(++trembles_ + kPriorTrembles));
      tremble_ += gain * (std::clamp(*evidence, -most, most) - tremble_);
    }
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

bool BoxAttention::is_proved(const Object& newcomer, const io::Frame& frame) const {
  return newcomer.evidence >= settings_.confirm &&
         has_passed(newcomer.first_seen, frame.seconds, settings_.confirm_seconds);
}

/// Is a newcomer worth an id? One whose high score promises something gets it at once, as long as
/// such promises were kept.
bool BoxAttention::is_told(const Object& object) const {
  return object.proved || frames_ == 1 || (object.promising && trust_ >= settings_.at_once_trust);
}

void BoxAttention::prove(const io::Frame& frame) {
  for (Object& object : objects_) {
    if (object.misses > 0 || object.proved || !is_proved(object, frame)) continue;
    object.proved = true;
    if (object.promising) trust_ += kLearnTrust * (1 - trust_);
  }
}

void BoxAttention::retire(const io::Frame& frame) {
  std::erase_if(objects_, [&](const Object& object) {
    const bool gone = object.proved
                          ? has_passed(object.last_seen, frame.seconds, settings_.lost_seconds)
                          : object.misses >= kForgetNew;
    if (!gone) return false;
    if (!object.proved && object.promising) trust_ -= kLearnTrust * trust_;
    end(object.id, object.memory.box());
    return true;
  });
}

std::vector<io::Track> BoxAttention::tracks(const io::Frame& frame, bool detected) {
  std::vector<io::Track> tracks;
  for (Object& object : objects_) {
    if (object.misses > 0 || !is_told(object)) continue;
    const bool fresh = object.id == 0;
    if (fresh) object.id = next_id_++;
    const State state = fresh ? State::kNew : object.back ? State::kRecovered : State::kTracked;
    const Box box = detected ? object.memory.told() : object.memory.box();
    const double unseen = detected ? 0 : frame.seconds - object.last_seen;
    const double score = object.score * std::exp2(-unseen / kHalfScoreSeconds);
    tracks.push_back(track_record(frame, object.id, box, score, state));
  }
  for (const Object& object : objects_) {
    const bool lost = object.id > 0 && object.misses > 0;
    if (!lost || has_passed(object.last_seen, frame.seconds, settings_.show_lost_seconds)) continue;
    tracks.push_back(track_record(frame, object.id, object.memory.box(), 0, State::kLost));
  }
  std::sort(tracks.begin(), tracks.end(), [](auto& a, auto& b) { return a.id < b.id; });
  return tracks;
}

void BoxAttention::follow_camera(const io::Frame& frame) {
  if (!looks_ || frame.bgr.empty()) return;
  const auto camera = camera_.next(frame);
  if (!camera) return;
  for (Object& object : objects_) object.memory.move(*camera);
}

void BoxAttention::predict(const io::Frame& frame) {
  step_.seconds = frame.seconds - last_seconds_;
  last_seconds_ = frame.seconds;
  sharp_ = settings_.memory;
  sharp_.jitter *= 1 - crispness() * (1 - settings_.crisp_jitter);
  for (Object& object : objects_) object.memory.predict(settings_.memory, step_);
  follow_camera(frame);
}

std::vector<io::Track> BoxAttention::go_on(const io::Frame& frame) {
  predict(frame);
  return tracks(frame, false);
}

std::vector<io::Track> BoxAttention::update(const io::Frame& frame,
                                            std::span<const Detection> boxes) {
  ++frames_;
  predict(frame);
  for (Object& object : objects_) ++object.misses;
  if (looks_) looks_->begin(frame, boxes.size(), settings_.looks);
  Round round{frame, boxes, std::vector<int>(boxes.size(), -1), {}};
  attend(round, true);
  attend(round, false);
  join_rest(round);
  start(round);
  learn(round);
  prove(frame);
  if (looks_) remember(round);
  retire(frame);
  return tracks(frame, true);
}

}  // namespace heddle::pipeline
