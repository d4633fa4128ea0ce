#include "io/formats/video_page/identity_log.h"

#include "io/formats/track_text.h"

#include <algorithm>
#include <cmath>

namespace heddle::io {
namespace {

constexpr std::int64_t kTidyFrames = 256;  // how often those away for long are ended

void thin_path(Identity& identity) {
  std::size_t kept = 0;
  bool begins = false;
  for (std::size_t i = 0; i < identity.path.size(); ++i) {
    begins = begins || identity.path[i].begins;
    if (i % 2 != 0) continue;
    identity.path[kept] = identity.path[i];
    identity.path[kept++].begins = begins;
    begins = false;
  }
  identity.path.resize(kept);
  identity.step *= 2;
}

/// Takes out the shortest time away, as if the identity had been seen through it.
void join_spans(Identity& identity) {
  std::vector<IdentitySpan>& spans = identity.spans;
  std::size_t shortest = 1;
  for (std::size_t i = 1; i + 1 < spans.size(); i += 2) {
    if (spans[i].to - spans[i].from < spans[shortest].to - spans[shortest].from) shortest = i;
  }
  spans[shortest - 1].to = spans[shortest + 1].to;
  const auto first = spans.begin() + static_cast<std::ptrdiff_t>(shortest);
  spans.erase(first, first + 2);
}

}  // namespace

std::string identity_name(std::int64_t id, const std::string& label) {
  return (label.empty() ? "" : label + " ") + std::to_string(id);
}

std::vector<Return> IdentityLog::add(const Frame& frame, std::span<const Record> records) {
  std::vector<Return> back;
  if (frames_ == 0) first_seconds_ = frame.seconds;
  std::int64_t here = 0;
  for (const Record& record : records) {
    failures_ += std::holds_alternative<Failure>(record) ? 1 : 0;
    const auto* track = std::get_if<Track>(&record);
    if (track == nullptr) continue;
    if (!is_seen(*track)) {
      if (const auto away = live_.find(track->id); away != live_.end()) {
        away->second.mentioned = frame.seconds;
      }
      continue;
    }
    ++here;
    const auto [found, fresh] = live_.try_emplace(track->id);
    Identity& identity = found->second;
    if (fresh) {
      identity.id = track->id;
      ++identities_;
      ++classes_[track->label];
    } else if (identity.label != track->label) {
      if (--classes_[identity.label] == 0) classes_.erase(identity.label);
      ++classes_[track->label];
    }
    identity.label = track->label;
    const double left = fresh ? 0 : identity.last_seconds();
    if (see(identity, *track)) {
      back.push_back({track->id, left, track->seconds, identity_name(track->id, track->label)});
    }
  }
  returns_ += static_cast<std::int64_t>(back.size());
  most_ = std::max(most_, here);
  sightings_ += here;
  last_seconds_ = std::max(last_seconds_, frame.seconds);
  if (++frames_ % kTidyFrames == 0) end_those_away();
  for (const Record& record : records) {
    const auto* track = std::get_if<Track>(&record);
    if (track != nullptr && track->state == Track::State::kEnded) end(track->id);
  }
  return back;
}

/// True where it comes back from being away.
bool IdentityLog::see(Identity& identity, const Track& track) {
  const bool fresh = identity.spans.empty();
  const bool missed = !fresh && identity.last_written + 1 < frames_;
  const bool away = !fresh && (track.state == Track::State::kRecovered ||
                               (missed && track.seconds - identity.last_seconds() >= kAwaySeconds));
  if (away) {
    identity.spans.push_back({identity.last_seconds(), track.seconds, false});
    ++identity.returns;
  }
  if (fresh || away) identity.spans.push_back({track.seconds, track.seconds, true});
  identity.spans.back().to = track.seconds;
  if (identity.spans.size() > kMostSpans) join_spans(identity);
  const double x = track.x + track.width / 2, y = track.y + track.height / 2;
  const bool due = identity.frames % identity.step == 0 || away;
  if (due && std::isfinite(x) && std::isfinite(y)) {
    if (identity.path.size() >= kMostPoints) thin_path(identity);
    identity.path.push_back({x, y, fresh || away});
  }
  ++identity.frames;
  identity.score_sum += std::isfinite(track.score) ? track.score : 0;
  identity.mentioned = track.seconds;
  identity.last_written = frames_;
  return away;
}

/// Ended ones beyond the bound: the one that was seen least goes.
void IdentityLog::end(std::int64_t id) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  ended_.push_back(std::move(found->second));
  live_.erase(found);
  if (ended_.size() <= kMostEnded) return;
  const auto least =
      std::min_element(ended_.begin(), ended_.end(), [](const Identity& a, const Identity& b) {
        return a.frames < b.frames;
      });
  ended_.erase(least);
}

void IdentityLog::end_those_away() {
  std::vector<std::int64_t> away;
  for (const auto& [id, identity] : live_) {
    if (identity.mentioned + kForgetSeconds < last_seconds_) away.push_back(id);
  }
  for (const std::int64_t id : away) end(id);
}

std::vector<Identity> IdentityLog::kept() const {
  std::vector<Identity> all = ended_;
  for (const auto& [id, identity] : live_) all.push_back(identity);
  std::sort(all.begin(), all.end(), [](const Identity& a, const Identity& b) {
    return a.first_seconds() != b.first_seconds() ? a.first_seconds() < b.first_seconds()
                                                  : a.id < b.id;
  });
  return all;
}

}  // namespace heddle::io
