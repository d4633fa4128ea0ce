#include "pipeline/heads/tracks_stage.h"

#include "pipeline/track_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

[[noreturn]] void refuse(std::string_view text) {
  throw std::invalid_argument("'" + std::string(text) +
                              "' is not a box; give x,y,w,h or x,y,w,h@frame in pixels, w and h "
                              "positive, for example 120,40,64,128@0");
}

/// Reads one number off the front of `rest`.
template <class T>
T take(std::string_view& rest, std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc()) refuse(text);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return value;
}

}  // namespace

InitBox parse_init(std::string_view text) {
  std::string_view rest = text;
  std::array<double, 4> sides{};
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (i > 0) {
      if (rest.empty() || rest.front() != ',') refuse(text);
      rest.remove_prefix(1);
    }
    sides[i] = take<double>(rest, text);
    if (!std::isfinite(sides[i])) refuse(text);
  }
  InitBox init{{sides[0], sides[1], sides[2], sides[3]}, std::nullopt};
  if (!rest.empty() && rest.front() == '@') {
    rest.remove_prefix(1);
    init.frame = take<std::int64_t>(rest, text);
  }
  if (!rest.empty() || init.frame.value_or(0) < 0 || !(sides[2] > 0) || !(sides[3] > 0))
    refuse(text);
  return init;
}

FollowStage::FollowStage(const FollowSettings& settings,
                         std::vector<InitBox> inits,
                         attention::Model model)
    : settings_(settings), inits_(std::move(inits)), model_(std::move(model)) {
  if (inits_.empty()) {
    throw std::invalid_argument("follow: there is no object to follow; give at least one --init");
  }
}

void FollowStage::start(Lane& lane, const io::Frame& frame) const {
  for (std::size_t i = 0; i < inits_.size(); ++i) {
    if (lane.started[i] || inits_[i].frame.value_or(frame.number) > frame.number) continue;
    const auto id = static_cast<std::int64_t>(i) + 1;
    lane.objects.push_back({id, Follower(settings_, lane.viewer, frame, inits_[i].box)});
    lane.started[i] = true;
  }
}

void FollowStage::Lane::snapshot(io::Snapshot& s) {
  std::size_t count = objects.size();
  s(started, first, last, scenes, count);
  if (s.loading()) objects.clear();
  for (std::size_t i = 0; i < count; ++i) {
    if (s.loading()) objects.push_back({0, Follower(settings, viewer)});
    s(objects[i].id, objects[i].follower);
  }
}

std::unique_ptr<FollowStage::Lane> FollowStage::make_lane() const {
  auto made = std::make_unique<Lane>(model_, settings_);
  for (const InitBox& init : inits_) made->started.push_back(init.over);
  return made;
}

StageState FollowStage::save() { return {StageState::kNothing, lanes_.save()}; }

void FollowStage::load(const std::string& bytes) {
  lanes_.load(bytes, [this] { return make_lane(); });
}

void FollowStage::process(Item& item) {
  if (!item.frame) return;
  const io::Frame& frame = *item.frame;
  Lane& lane = lanes_.of(item.lane, [this] { return make_lane(); });
  if (lane.first < 0) lane.first = frame.number;
  lane.last = frame.number;
  const bool cut = lane.scenes.begins(frame);
  for (Object& object : lane.objects) {
    if (cut) object.follower.leave_scene();
    object.follower.step(frame);
  }
  start(lane, frame);
  std::sort(lane.objects.begin(), lane.objects.end(), [](const Object& a, const Object& b) {
    return a.id < b.id;
  });
  for (const Object& object : lane.objects) {
    const Follower& seen = object.follower;
    item.records.emplace_back(
        track_record(frame, object.id, seen.box(), seen.visible(), seen.state()));
  }
  std::erase_if(lane.objects, [](const Object& object) {
    return object.follower.state() == io::Track::State::kEnded;
  });
}

std::int64_t FollowStage::cuts() const {
  std::int64_t sum = 0;
  lanes_.each([&](const Lane& lane) { sum += lane.scenes.count(); });
  return sum;
}

FollowStage::Seen FollowStage::seen() const {
  Seen seen;
  std::vector<bool> started;
  for (const InitBox& init : inits_) started.push_back(init.over);
  lanes_.each([&](const Lane& lane) {
    seen.first = lane.first;
    seen.last = lane.last;
    started = lane.started;
  });
  for (std::size_t i = 0; i < started.size(); ++i) {
    if (!started[i]) seen.waiting.push_back(i);
  }
  return seen;
}

}  // namespace heddle::pipeline
