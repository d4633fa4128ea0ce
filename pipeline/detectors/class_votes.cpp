#include "pipeline/detectors/class_votes.h"

#include <algorithm>

namespace heddle::pipeline {

namespace {

constexpr double kLeastOverlap = 0.5;  // of a track's box with a detection that is its own

const Detection* covered_by(const io::Track& track, const std::vector<Detection>& detections) {
  const Box box{track.x, track.y, track.width, track.height};
  const Detection* best = nullptr;
  double most = kLeastOverlap;
  for (const Detection& detection : detections) {
    const double overlap = iou(box, detection.box);
    if (overlap > most) {
      most = overlap;
      best = &detection;
    }
  }
  return best;
}

bool is_seen(io::Track::State state) {
  return state != io::Track::State::kLost && state != io::Track::State::kEnded;
}

}  // namespace

void ClassVotes::label(std::vector<io::Record>& records,
                       const std::vector<Detection>& detections,
                       const std::function<std::string(int)>& name) {
  std::int64_t frame = -1;
  for (io::Record& record : records) {
    auto* track = std::get_if<io::Track>(&record);
    if (track == nullptr) continue;
    frame = track->frame;
    Ballot& ballot = ballots_[track->id];
    ballot.last_frame = frame;
    const Detection* own = is_seen(track->state) ? covered_by(*track, detections) : nullptr;
    if (own != nullptr && own->kind >= 0) ballot.votes[own->kind] += own->score;
    const auto leader = std::max_element(
        ballot.votes.begin(), ballot.votes.end(), [](const auto& a, const auto& b) {
          return a.second < b.second;
        });
    if (leader != ballot.votes.end()) track->label = name(leader->first);
    if (track->state == io::Track::State::kEnded) ballots_.erase(track->id);
  }
  if (frame >= 0) forget(frame);
}

void ClassVotes::forget(std::int64_t frame) {
  if (frame < next_forgetting_) return;
  next_forgetting_ = frame + kForgetFrames;
  std::erase_if(ballots_,
                [&](const auto& entry) { return entry.second.last_frame + kForgetFrames < frame; });
}

void ClassVotesStage::load(const std::string& bytes) {
  lanes_.load(bytes, [] { return std::make_unique<ClassVotes>(); });
}

void ClassVotesStage::process(Item& item) {
  if (!item.frame) return;
  lanes_.of(item.lane, [] { return std::make_unique<ClassVotes>(); })
      .label(item.records, item.detections, name_of_);
}

}  // namespace heddle::pipeline
