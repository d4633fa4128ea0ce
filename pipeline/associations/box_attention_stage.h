#pragma once
// A detector's boxes -> identities by boxes and, with a network, looks, in the path: one
// BoxAttention a lane. Where the detector sees one frame of `every`, objects go on by motion in the
// others. Reads item.detections, appends an io::Track an object to item.records; lost objects are
// told for a second at the place where they are expected, and once more when they end. A scene cut
// ends all objects.

#include "attention/model/model.h"
#include "pipeline/associations/box_attention.h"
#include "pipeline/encoders/tracking_model.h"
#include "pipeline/item.h"
#include "pipeline/per_lane.h"
#include "pipeline/scene_cuts.h"

#include <optional>

namespace heddle::pipeline {

class BoxAttentionStage : public Stage {
 public:
  /// `model` of kind "tracking" (std::invalid_argument from the first item else), or none: by boxes
  /// alone. Boxes are those of items whose number `every` divides.
  explicit BoxAttentionStage(std::optional<attention::Model> model, std::int64_t every = 1);
  std::string_view name() const override { return "associate"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  void process(Item& item) override;
  StageState save() override { return {StageState::kNothing, lanes_.save()}; }
  void load(const std::string& bytes) override;

 private:
  struct Lane {
    Lane(std::unique_ptr<TrackingModel> owned, const BoxAttentionSettings& settings)
        : net(std::move(owned)), association(settings, net.get()) {}
    std::unique_ptr<TrackingModel> net;
    BoxAttention association;
    SceneCuts scenes;

    void snapshot(io::Snapshot& s) { s(association, scenes); }
  };
  std::unique_ptr<Lane> make_lane() const;

  std::optional<attention::Model> model_;
  std::int64_t every_;
  BoxAttentionSettings settings_;
  PerLane<Lane> lanes_;
};

}  // namespace heddle::pipeline
