#pragma once
// The occlusion suite run by our own follower, or written down for somebody else's.

#include "attention/model/model.h"
#include "pipeline/encoders/tracking_model.h"
#include "pipeline/heads/tracks_follower.h"
#include "pipeline/occlusion_suite/score.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace heddle::app {

/// Painted where `files` is empty, otherwise cut from pictures and frames of videos: file 0, 2, ..
/// for the tuning half and 1, 3, .. for the testing half. Throws CommandError (usage) for fewer
/// than two files, InputError for one that cannot be read.
pipeline::TextureSource suite_textures(pipeline::SuiteHalf half,
                                       const std::vector<std::string>& files);

/// NAME.ppm and NAME.txt in `folder`, which is made. Throws OutputError; files that exist are
/// refused.
void write_clip(const pipeline::OcclusionClip& clip, const std::filesystem::path& folder);

class OcclusionRun {
 public:
  /// Throws CommandError (kModel) for a model that cannot be used.
  OcclusionRun(const std::filesystem::path& model, const std::string& settings);
  /// Follows the clip's object from its first box on.
  pipeline::SuiteScore score(const pipeline::OcclusionClip& clip);

 private:
  pipeline::FollowSettings settings_;
  std::optional<pipeline::TrackingModel> net_;
  std::optional<pipeline::Viewer> viewer_;
};

}  // namespace heddle::app
