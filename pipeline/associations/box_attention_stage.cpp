#include "pipeline/associations/box_attention_stage.h"

#include <utility>

namespace heddle::pipeline {

BoxAttentionStage::BoxAttentionStage(std::optional<attention::Model> model, std::int64_t every)
    : model_(std::move(model)), every_(every) {
  settings_.show_lost_seconds = 1;
}

std::unique_ptr<BoxAttentionStage::Lane> BoxAttentionStage::make_lane() const {
  return std::make_unique<Lane>(model_ ? std::make_unique<TrackingModel>(*model_) : nullptr,
                                settings_);
}

void BoxAttentionStage::load(const std::string& bytes) {
  lanes_.load(bytes, [this] { return make_lane(); });
}

void BoxAttentionStage::process(Item& item) {
  if (!item.frame) return;
  Lane& lane = lanes_.of(item.lane, [this] { return make_lane(); });
  if (lane.scenes.begins(*item.frame)) lane.association.begin_scene();
  const bool detected = item.number % every_ == 0;
  for (auto& track : detected ? lane.association.update(*item.frame, item.detections)
                              : lane.association.go_on(*item.frame)) {
    item.records.emplace_back(std::move(track));
  }
  for (auto& track : lane.association.take_ended(*item.frame)) {
    item.records.emplace_back(std::move(track));
  }
}

}  // namespace heddle::pipeline
