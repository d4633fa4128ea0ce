#include "pipeline/heads/tracks_rivals.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace heddle::pipeline {
namespace {

constexpr std::size_t kMostRivals = 8;
constexpr int kPatience = 45;        // frames a certain rival lives unseen
constexpr int kShortPatience = 8;    // and an uncertain one
constexpr double kTargetNear = 0.6;  // of the scale: nearer peaks are the target's own
constexpr double kClaim = 0.4;       // of the scale: nearer boxes are the rival's
constexpr double kUnseenClaim = 0.5;
constexpr double kFarFromExpected = 0.5;
constexpr double kGateGrowth = 0.08;             // a frame unseen
constexpr double kFirstGain = 0.7, kGain = 0.4;  // of the velocity, for young and older rivals

constexpr double kStrengthGain = 0.3;
constexpr double kStronger = 0.1;  // probability above a rival's usual one that it cannot be

double distance(const Box& box, double x, double y) {
  return std::hypot(box.centre_x() - x, box.centre_y() - y);
}

}  // namespace

bool Rivals::any_certain() const {
  return std::any_of(rivals_.begin(), rivals_.end(), [&](const Rival& r) { return certain(r); });
}

/// Nearest pairs first; each peak and each rival once.
void Rivals::match(const std::vector<Peak>& alike,
                   std::vector<bool>& taken,
                   double scale,
                   std::int64_t frame,
                   bool beside) {
  std::vector<std::tuple<double, std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < alike.size(); ++i) {
    for (std::size_t j = 0; j < rivals_.size() && !taken[i]; ++j) {
      const Rival& r = rivals_[j];
      pairs.emplace_back(distance(alike[i].box, r.x + r.vx, r.y + r.vy), i, j);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<bool> matched(rivals_.size(), false);
  for (const auto& [away, i, j] : pairs) {
    Rival& r = rivals_[j];
    const auto unseen = static_cast<double>(frame - r.seen);
    if (taken[i] || matched[j] || away > (settings_.rival_gate + kGateGrowth * unseen) * scale) {
      continue;
    }
    taken[i] = matched[j] = true;
    const double cx = alike[i].box.centre_x(), cy = alike[i].box.centre_y();
    const double gain = r.hits > 2 ? kGain : kFirstGain;
    r.vx += gain * ((cx - r.seen_x) / unseen - r.vx);
    r.vy += gain * ((cy - r.seen_y) / unseen - r.vy);
    r.x = r.seen_x = cx;
    r.y = r.seen_y = cy;
    r.seen = frame;
    r.strength += kStrengthGain * (alike[i].visible - r.strength);
    if (beside) ++r.hits;
    if (certain(r)) owned_.push_back({r.strength, alike[i].box});
  }
  for (std::size_t j = 0; j < rivals_.size(); ++j) {
    if (matched[j]) continue;
    rivals_[j].x += rivals_[j].vx;
    rivals_[j].y += rivals_[j].vy;
  }
}

void Rivals::update(const std::vector<Peak>& alike,
                    const std::optional<Box>& target,
                    double scale,
                    std::int64_t frame) {
  owned_.clear();
  std::vector<bool> taken(alike.size(), false);
  for (std::size_t i = 0; i < alike.size() && target; ++i) {
    taken[i] = centre_distance(alike[i].box, *target) <= kTargetNear * scale;
  }
  match(alike, taken, scale, frame, target.has_value());
  for (std::size_t i = 0; i < alike.size() && target; ++i) {
    if (taken[i]) continue;
    const double cx = alike[i].box.centre_x(), cy = alike[i].box.centre_y();
    rivals_.push_back({cx, cy, cx, cy, 0, 0, frame, alike[i].visible, 1});
  }
  std::erase_if(rivals_, [&](const Rival& r) {
    return frame - r.seen >= (certain(r) ? kPatience : kShortPatience);
  });
  if (rivals_.size() > kMostRivals) {
    rivals_.erase(rivals_.begin(), rivals_.end() - static_cast<std::ptrdiff_t>(kMostRivals));
  }
}

bool Rivals::claims(const Box& box, const Box& expected) const {
  const double scale = expected.scale();
  if (centre_distance(box, expected) <= kFarFromExpected * scale) return false;
  return std::any_of(rivals_.begin(), rivals_.end(), [&](const Rival& r) {
    return certain(r) && distance(box, r.x + r.vx, r.y + r.vy) < kClaim * scale;
  });
}

bool Rivals::owns(const Peak& peak, const Box& expected) const {
  const double scale = expected.scale();
  const auto stronger = [&](double strength) { return peak.visible > strength + kStronger; };
  for (const Peak& owned : owned_) {
    if (centre_distance(owned.box, peak.box) < kClaim * scale && !stronger(owned.visible)) {
      return true;
    }
  }
  return std::any_of(rivals_.begin(), rivals_.end(), [&](const Rival& r) {
    const double away = distance(peak.box, r.x, r.y);
    return certain(r) && away < kUnseenClaim * scale && !stronger(r.strength) &&
           centre_distance(peak.box, expected) > 2 * away + 0.2 * scale;
  });
}

}  // namespace heddle::pipeline
