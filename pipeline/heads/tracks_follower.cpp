#include "pipeline/heads/tracks_follower.h"

#include "pipeline/encoders/patches_maps.h"
#include "pipeline/memory_snapshot.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

using State = io::Track::State;

constexpr double kSmallestSide = 2;      // frame pixels
constexpr double kNowhereSigma = 0.9;    // a wider expectation than this says nothing
constexpr double kSpeedSigma = 0.5;      // of the speed, in half crops
constexpr double kJustHidden = 0.01;     // below the threshold
constexpr double kPeakGain = 0.1;        // of the running mean of accepted peaks
constexpr double kDistancePrice = 0.15;  // probability a scale of distance costs a candidate
constexpr int kSearchPeaks = 5;
constexpr int kTrackPeaks = 3;
constexpr double kItself = 0.6;  // of the scale: nearer look-alikes are the object
constexpr double kAsGood = 0.8;  // of the strongest peak
constexpr int kFirstScans = 3;
constexpr double kRoamStep = 1.2;  // crop sides between roaming looks

}  // namespace

Follower::Follower(const FollowSettings& settings, Viewer& viewer)
    : settings_(settings),
      viewer_(&viewer),
      memory_(follow_memory_spec(settings.long_every)),
      rivals_(settings) {}

Follower::Follower(const FollowSettings& settings,
                   Viewer& viewer,
                   const io::Frame& frame,
                   const Box& box)
    : Follower(settings, viewer) {
  cx_ = box.centre_x();
  cy_ = box.centre_y();
  width_ = std::max(box.width, kSmallestSide);
  height_ = std::max(box.height, kSmallestSide);
  const Box whole{0, 0, static_cast<double>(frame.width), static_cast<double>(frame.height)};
  if (!(box.width > 0) || !(box.height > 0) || overlap_area(box, whole) <= 0) {
    throw std::invalid_argument("the box " + std::to_string(box.x) + "," + std::to_string(box.y) +
                                "," + std::to_string(box.width) + "," + std::to_string(box.height) +
                                " does not lie on the frame of " + std::to_string(frame.width) +
                                "x" + std::to_string(frame.height) +
                                "; give x,y,w,h in its pixels");
  }
  viewer_->see(frame, cx_, cy_, crop_side());
  viewer_->remember(this->box(), memory_);
}

void Follower::snapshot(io::Snapshot& snapshot) {
  snapshot(rivals_, cx_, cy_, width_, height_, vx_, vy_, usual_peak_, threshold_, visible_);
  snapshot(ways_, steps_, remembered_at_, returned_at_, doubts_, contradictions_);
  snapshot(lost_, searches_, state_);
  snapshot_memory(snapshot, memory_);
}

double Follower::crop_side() const {
  return std::sqrt(width_ * height_) * kNormalCrop / kObjectInCrop;
}

LookRequest Follower::request(const Box& expected, double sigma) const {
  LookRequest r;
  r.cx = r.expected_x = expected.centre_x();
  r.cy = r.expected_y = expected.centre_y();
  r.side = crop_side();
  r.sigma = sigma;
  r.rival_visible = settings_.rival_visible;
  return r;
}

/// How far it may have come since the last frame.
double Follower::reach(const Box& expected) const {
  return settings_.gate * expected.scale() + std::hypot(vx_, vy_);
}

/// The peak that it is most likely to be. One further off than it can have come is another thing
/// where one within reach is as good as visible.
Follower::Sighting Follower::nearest_of(const std::vector<Peak>& peaks, const Box& expected) const {
  for (const Peak& peak : peaks) {
    if (peak.visible < kAsGood * peaks.front().visible) break;
    if (centre_distance(peak.box, expected) <= reach(expected)) return {peak.visible, peak.box};
  }
  return {peaks.front().visible, peaks.front().box};
}

/// The peaks that look as much like the object as it usually does itself.
std::vector<Peak> Follower::as_like_as_itself(std::vector<Peak> alike) const {
  std::erase_if(
      alike, [&](const Peak& peak) { return peak.visible < settings_.rival_share * usual_peak_; });
  return alike;
}

/// Where the object is, if what is followed has long stopped looking like its first frame while
/// something elsewhere does: then the memory took in what passed before it.
std::optional<Follower::Sighting> Follower::truer(const std::vector<Peak>& alike,
                                                  const Sighting& followed,
                                                  const Box& expected) {
  const double scale = expected.scale();
  std::optional<Sighting> other;
  for (const Peak& peak : alike) {  // strongest first
    if (centre_distance(peak.box, followed.box) <= kItself * scale) {
      contradictions_ = 0;
      return std::nullopt;
    }
    const bool like = peak.visible >= settings_.rival_share * usual_peak_;
    if (!other && like && !rivals_.owns(peak, expected)) other = {peak.visible, peak.box};
  }
  contradictions_ = other ? contradictions_ + 1 : 0;
  return contradictions_ >= settings_.contradictions ? other : std::nullopt;
}

/// What is left of a peak's visibility when a look-alike or an implausible jump explains it.
double Follower::doubted(const Sighting& s, const Box& expected) const {
  if (rivals_.claims(s.box, expected)) return 0;
  const double hidden = threshold_ - kJustHidden;
  double visible = s.visible;
  if (rivals_.any() && centre_distance(s.box, expected) > reach(expected)) {
    visible = std::min(visible, hidden);
  }
  if (doubts_ >= settings_.doubt_frames) visible = std::min(visible, hidden);
  return visible;
}

/// Look-alikes are looked for often while there are some, and at first.
bool Follower::scans() const {
  if (steps_ % settings_.scan_every != 0) return false;
  return rivals_.any() || steps_ <= kFirstScans * settings_.scan_every ||
         steps_ % settings_.scan_idle_every == 0;
}

Follower::Sighting Follower::track(const io::Frame& frame, const Box& expected) {
  threshold_ = settings_.visible;
  const double speed = std::hypot(vx_, vy_) / (crop_side() / 2);
  LookRequest r = request(expected, settings_.sigma + kSpeedSigma * speed);
  r.wide = scans();
  r.target_peaks = kTrackPeaks;
  const LookResult seen = viewer_->look(frame, memory_, r);
  Sighting s = nearest_of(seen.target, expected);
  doubts_ = s.visible < settings_.drop * usual_peak_ ? doubts_ + 1 : 0;
  s.visible = doubted(s, expected);
  const bool found = s.visible >= threshold_;
  if (found && doubts_ == 0) usual_peak_ += kPeakGain * (s.visible - usual_peak_);
  const std::optional<Sighting> other = found ? truer(seen.alike, s, expected) : std::nullopt;
  if (other) {
    s = *other;
    lost_ = 1;  // it returns
    contradictions_ = 0;
  }
  const bool sure = found && contradictions_ == 0;
  rivals_.update(as_like_as_itself(seen.alike),
                 sure ? std::optional<Box>(s.box) : std::nullopt,
                 expected.scale(),
                 steps_);
  return s;
}

/// After a while every second wide look leaves the expected place and goes over the frame.
void Follower::roam(const io::Frame& frame, LookRequest& r) const {
  const std::int64_t wide_looks = searches_ / settings_.search_wide_every;
  if (!r.wide || lost_ <= settings_.roam_after || wide_looks % 2 == 0) return;
  const double step = r.side * kRoamStep;
  const auto columns = std::max<std::int64_t>(1, std::llround(std::ceil(frame.width / step)));
  const auto rows = std::max<std::int64_t>(1, std::llround(std::ceil(frame.height / step)));
  const std::int64_t place = wide_looks / 2 % (columns * rows);
  const std::int64_t row = place / columns;
  r.cx = (static_cast<double>(place % columns) + 0.5) * frame.width / static_cast<double>(columns);
  r.cy = (static_cast<double>(row) + 0.5) * frame.height / static_cast<double>(rows);
}

bool Follower::reachable(const Box& box, const Box& expected) const {
  if (lost_ > settings_.roam_after) return true;
  const double gate = settings_.gate + settings_.gate_growth * static_cast<double>(lost_);
  return centre_distance(box, expected) <= gate * expected.scale();
}

Follower::Sighting Follower::search(const io::Frame& frame, const Box& expected) {
  const auto unseen = static_cast<double>(lost_);
  ++searches_;
  threshold_ =
      std::max(settings_.reacquire,
               (settings_.reacquire_share - settings_.reacquire_fade * unseen) * usual_peak_);
  const double sigma = settings_.sigma + settings_.sigma_growth * unseen;
  LookRequest r = request(expected, sigma > kNowhereSigma ? kFlatPrior : sigma);
  r.wide = searches_ % settings_.search_wide_every == 0;
  r.target_peaks = kSearchPeaks;
  roam(frame, r);
  const LookResult seen = viewer_->look(frame, memory_, r);
  rivals_.update(as_like_as_itself(seen.alike), std::nullopt, expected.scale(), steps_);
  Sighting best{0, expected};
  double best_worth = 0;
  for (const Peak& peak : seen.target) {
    if (peak.visible < threshold_ || rivals_.owns(peak, expected)) continue;
    if (!reachable(peak.box, expected)) continue;
    const double away = centre_distance(peak.box, expected) / expected.scale();
    const double worth = peak.visible - kDistancePrice * away / (1 + 0.1 * unseen);
    if (best.visible == 0 || worth > best_worth) {
      best = {peak.visible, peak.box};
      best_worth = worth;
    }
  }
  return best;
}

void Follower::accept(const Sighting& s) {
  const bool was_lost = lost_ > 0;
  if (was_lost) {
    vx_ = vy_ = 0;
  } else {
    vx_ += settings_.velocity_gain * (s.box.centre_x() - cx_ - vx_);
    vy_ += settings_.velocity_gain * (s.box.centre_y() - cy_ - vy_);
  }
  cx_ = s.box.centre_x();
  cy_ = s.box.centre_y();
  width_ *= std::pow(s.box.width / width_, settings_.size_gain);
  height_ *= std::pow(s.box.height / height_, settings_.size_gain);
  if (was_lost) returned_at_ = steps_;
  if (doubts_ == 0) ways_.push_back({cx_, cy_, width_, height_, vx_, vy_});
  if (static_cast<int>(ways_.size()) > settings_.step_back) ways_.pop_front();
  lost_ = searches_ = 0;
  state_ = was_lost ? State::kRecovered : State::kTracked;
  const double sure = std::max(settings_.remember, settings_.remember_share * usual_peak_);
  const bool due = steps_ - remembered_at_ >= settings_.remember_every &&
                   (returned_at_ == 0 || steps_ - returned_at_ >= settings_.remember_after);
  if (settings_.memory == MemoryUse::kAll && !was_lost && due && s.visible >= sure) {
    viewer_->remember(box(), memory_);
    remembered_at_ = steps_;
  }
}

/// The last frames showed what was not yet covered of it: its place, size and pace then are not
/// its own. Goes on from before.
void Follower::step_back() {
  if (ways_.empty()) return;
  const Way& way = ways_.front();
  const auto since = static_cast<double>(ways_.size()) + std::max(doubts_ - 1, 0);
  vx_ = way.vx;
  vy_ = way.vy;
  cx_ = way.cx + since * vx_;
  cy_ = way.cy + since * vy_;
  width_ = way.width;
  height_ = way.height;
  ways_.clear();
  doubts_ = 0;
}

void Follower::lose(const Box& expected) {
  ++lost_;
  cx_ = expected.centre_x();
  cy_ = expected.centre_y();
  step_back();
  vx_ *= settings_.velocity_fade;
  vy_ *= settings_.velocity_fade;
  state_ = State::kLost;
}

bool Follower::resting() const {
  return lost_ > settings_.rest_after && lost_ % settings_.rest_every != 0;
}

bool Follower::gone() const {
  return lost_ >= settings_.end_after || (lost_ > 0 && settings_.memory == MemoryUse::kFirstOnly);
}

void Follower::leave_scene() {
  if (state_ == State::kEnded) return;
  lost_ = std::max(lost_, std::int64_t{settings_.roam_after} + 1);
  vx_ = vy_ = 0;
  ways_.clear();
  rivals_ = Rivals(settings_);
  state_ = State::kLost;
}

void Follower::step(const io::Frame& frame) {
  if (gone()) state_ = State::kEnded;
  if (state_ == State::kEnded) return;
  ++steps_;
  const Box expected = centred_box(std::clamp<double>(cx_ + vx_, 0, frame.width),
                                   std::clamp<double>(cy_ + vy_, 0, frame.height),
                                   width_,
                                   height_);
  if (resting()) {
    visible_ = 0;
    lose(expected);
    return;
  }
  const Sighting s = lost_ == 0 ? track(frame, expected) : search(frame, expected);
  visible_ = s.visible;
  if (s.visible < threshold_) {
    lose(expected);
  } else {
    accept(s);
  }
}

}  // namespace heddle::pipeline
