#pragma once
// Proposals -> identities, in the path: one association a lane. Reads item.detections as the motion
// stage leaves them, appends an io::Track a reported object to item.records.

#include "attention/model/model.h"
#include "pipeline/associations/attention.h"
#include "pipeline/encoders/tracking_model.h"
#include "pipeline/item.h"
#include "pipeline/per_lane.h"
#include "pipeline/scene_cuts.h"

#include <optional>

namespace heddle::pipeline {

class AssociationStage : public Stage {
 public:
  /// `model` of kind "tracking"; may be absent when settings.memory is off (std::invalid_argument
  /// from the first item else).
  AssociationStage(const AssociationSettings& settings, std::optional<attention::Model> model);
  std::string_view name() const override { return "associate"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  void process(Item& item) override;
  StageState save() override { return {StageState::kNothing, lanes_.save()}; }
  void load(const std::string& bytes) override;

  /// Embeddings computed and identities given, over all lanes; after the run.
  std::int64_t looks() const;
  std::int64_t identities() const;
  /// Scene cuts that were met, over all lanes; after the run.
  std::int64_t cuts() const;

 private:
  struct Lane {
    Lane(std::unique_ptr<TrackingModel> owned, const AssociationSettings& settings)
        : net(std::move(owned)) {
      association.emplace(settings, net.get());
    }
    std::unique_ptr<TrackingModel> net;
    std::optional<AttentionAssociation> association;  // of the scene
    SceneCuts scenes;
    std::int64_t looks = 0, identities = 0;  // in earlier scenes
    double last_seconds = 0;                 // of the frame before

    void snapshot(io::Snapshot& s) { s(*association, scenes, looks, identities, last_seconds); }
  };
  std::unique_ptr<Lane> make_lane() const;

  AssociationSettings settings_;
  std::optional<attention::Model> model_;
  PerLane<Lane> lanes_;
};

}  // namespace heddle::pipeline
