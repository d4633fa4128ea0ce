#pragma once
// Follows given objects, in the path: a Follower for each --init, on every lane. Appends an
// io::Track a started object to item.records, from its first frame until it ended. A scene cut
// loses them all: each is looked for in the new scene, and is the same object if it is there.

#include "attention/model/model.h"
#include "pipeline/encoders/tracking_model.h"
#include "pipeline/heads/tracks_follower.h"
#include "pipeline/item.h"
#include "pipeline/per_lane.h"
#include "pipeline/scene_cuts.h"

#include <string_view>
#include <vector>

namespace heddle::pipeline {

struct InitBox {
  Box box;
  /// The object begins at the first frame seen with this number, the video's own, or a later one
  /// (what a stride or a busy live stream leaves out is not seen). None: at the first frame seen.
  std::optional<std::int64_t> frame;
  bool over = false;  // it began in an earlier process: it has its id, and is not begun again
};

/// "x,y,w,h" or "x,y,w,h@frame". Throws std::invalid_argument saying what it got and wants.
InitBox parse_init(std::string_view text);

class FollowStage : public Stage {
 public:
  /// Object i of `inits` has id i + 1. Throws std::invalid_argument when there are none. A box
  /// outside its frame stops the run with a std::invalid_argument.
  FollowStage(const FollowSettings& settings, std::vector<InitBox> inits, attention::Model model);
  std::string_view name() const override { return "follow"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  void process(Item& item) override;
  StageState save() override;
  void load(const std::string& bytes) override;

  /// Scene cuts that were met, over all lanes; after the run.
  std::int64_t cuts() const;

  struct Seen {
    std::int64_t first = -1, last = -1;  // numbers of frames; -1: none
    std::vector<std::size_t> waiting;    // objects that no frame began, by their place in `inits`
  };
  /// Of the one lane of a run, after it.
  Seen seen() const;

 private:
  struct Object {
    std::int64_t id = 0;
    Follower follower;
  };
  struct Lane {
    Lane(const attention::Model& model, const FollowSettings& given)
        : net(model), viewer(net), settings(given) {}
    TrackingModel net;
    Viewer viewer;
    SceneCuts scenes;
    std::vector<Object> objects;
    std::vector<bool> started;
    std::int64_t first = -1, last = -1;  // numbers of frames
    const FollowSettings settings;

    void snapshot(io::Snapshot& s);
  };

  std::unique_ptr<Lane> make_lane() const;
  void start(Lane& lane, const io::Frame& frame) const;

  FollowSettings settings_;
  std::vector<InitBox> inits_;
  attention::Model model_;
  PerLane<Lane> lanes_;
};

}  // namespace heddle::pipeline
