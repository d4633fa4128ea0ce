#include "io/formats/video_page/return_gallery.h"

#include "io/formats/track_text.h"

#include <algorithm>
#include <utility>

namespace heddle::io {
namespace {

constexpr double kRefreshSeconds = 0.2;
constexpr double kMargin = 0.15;  // of the box, around it
constexpr std::int64_t kTidyFrames = 256;

double away(const ReturnGallery::Entry& entry) { return entry.what.back - entry.what.left; }

Picture look_at(const Frame& frame, const Track& track) {
  const double x = kMargin * track.width, y = kMargin * track.height;
  return cut_out(frame.bgr,
                 frame.width,
                 frame.height,
                 {track.x - x, track.y - y, track.width + 2 * x, track.height + 2 * y},
                 ReturnGallery::kSide);
}

}  // namespace

void ReturnGallery::see(const Frame& frame,
                        std::span<const Record> records,
                        std::span<const Return> returns) {
  for (const Record& record : records) {
    const auto* track = std::get_if<Track>(&record);
    if (track == nullptr) continue;
    if (!is_seen(*track)) {
      if (const auto away = looks_.find(track->id); away != looks_.end()) {
        away->second.mentioned = frame.seconds;
      }
      continue;
    }
    Look& look = looks_[track->id];
    const auto back = std::find_if(
        returns.begin(), returns.end(), [&](const Return& one) { return one.id == track->id; });
    const bool old = look.picture.empty() || track->seconds - look.seconds >= kRefreshSeconds;
    look.mentioned = frame.seconds;
    if (!old && back == returns.end()) continue;
    Picture picture = look_at(frame, *track);
    if (picture.empty()) continue;
    if (back != returns.end() && !look.picture.empty()) keep({*back, look.picture, picture});
    look.picture = std::move(picture);
    look.seconds = track->seconds;
  }
  if (++frames_ % kTidyFrames == 0) forget(frame.seconds);
}

void ReturnGallery::keep(Entry entry) {
  const std::int64_t id = entry.what.id;
  entries_.push_back(std::move(entry));
  const auto of_one = [&](const Entry& any) { return any.what.id == id; };
  const bool crowded = std::count_if(entries_.begin(), entries_.end(), of_one) > kMostOfOne;
  if (!crowded && entries_.size() <= kMost) return;
  // The shortest absence goes: of this identity, where it has too many.
  const auto rank = [&](const Entry& any) { return std::pair(crowded && !of_one(any), away(any)); };
  entries_.erase(
      std::min_element(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
        return rank(a) < rank(b);
      }));
}

void ReturnGallery::forget(double seconds) {
  std::erase_if(looks_, [&](const auto& look) {
    return look.second.mentioned + IdentityLog::kForgetSeconds < seconds;
  });
}

std::vector<ReturnGallery::Entry> ReturnGallery::entries() const { return entries_; }

}  // namespace heddle::io
