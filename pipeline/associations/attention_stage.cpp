#include "pipeline/associations/attention_stage.h"

#include <utility>

namespace heddle::pipeline {

AssociationStage::AssociationStage(const AssociationSettings& settings,
                                   std::optional<attention::Model> model)
    : settings_(settings), model_(std::move(model)) {}

std::unique_ptr<AssociationStage::Lane> AssociationStage::make_lane() const {
  return std::make_unique<Lane>(model_ ? std::make_unique<TrackingModel>(*model_) : nullptr,
                                settings_);
}

void AssociationStage::load(const std::string& bytes) {
  lanes_.load(bytes, [this] { return make_lane(); });
}

void AssociationStage::process(Item& item) {
  if (!item.frame) return;
  Lane& lane = lanes_.of(item.lane, [this] { return make_lane(); });
  const double away = item.frame->seconds - std::exchange(lane.last_seconds, item.frame->seconds);
  const auto tell = [&](std::vector<io::Track> tracks) {
    for (io::Track& track : tracks) {
      track.id += lane.identities;
      item.records.emplace_back(std::move(track));
    }
  };
  // Who was lost for longer would have been given up; nobody goes on as if no time had passed.
  const bool long_gap = item.frame->after_gap && away > settings_.lost_seconds;
  if (lane.scenes.begins(*item.frame) || long_gap) {
    tell(lane.association->end_all(*item.frame));
    lane.looks += lane.association->looks();
    lane.identities += lane.association->identities();
    lane.association.emplace(settings_, lane.net.get());
  }
  tell(lane.association->update(*item.frame, item.detections));
}

std::int64_t AssociationStage::looks() const {
  std::int64_t sum = 0;
  lanes_.each([&](const Lane& lane) { sum += lane.looks + lane.association->looks(); });
  return sum;
}

std::int64_t AssociationStage::identities() const {
  std::int64_t sum = 0;
  lanes_.each([&](const Lane& lane) { sum += lane.identities + lane.association->identities(); });
  return sum;
}

std::int64_t AssociationStage::cuts() const {
  std::int64_t sum = 0;
  lanes_.each([&](const Lane& lane) { sum += lane.scenes.count(); });
  return sum;
}

}  // namespace heddle::pipeline
