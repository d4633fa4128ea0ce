#pragma once
// --init: from text to boxes, and onto the frames of a video.

#include "io/source.h"
#include "pipeline/heads/tracks_stage.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heddle::app {

/// Throws CommandError (usage) saying which is no box.
std::vector<pipeline::InitBox> parse_boxes(const std::vector<std::string>& texts);

struct FittedBoxes {
  std::vector<pipeline::InitBox> boxes;
  std::vector<std::string> notes;  // one sentence for each that was cut
};
/// The parts of the boxes that lie inside the frame: beyond it there is nothing to follow. Throws
/// CommandError (usage) for a box without one. The texts are those that were parsed.
FittedBoxes fit_boxes(std::vector<pipeline::InitBox> boxes,
                      const std::vector<std::string>& texts,
                      const io::SourceInfo& info);

/// Throws CommandError (usage) for the first box whose frame lies before `first`, with which the
/// part of the video begins that is read.
void refuse_early(std::span<const pipeline::InitBox> boxes,
                  const std::vector<std::string>& texts,
                  std::int64_t first);

/// Throws CommandError (usage) for the first box that begins behind the frame `last`, with which
/// `where` ends: "--frames 20".
void refuse_late(std::span<const pipeline::InitBox> boxes,
                 const std::vector<std::string>& texts,
                 std::int64_t last,
                 const std::string& where);

/// Behind a run that came to the end of the input: throws CommandError (usage) for the first box
/// that no frame of it began.
void refuse_unseen(const pipeline::FollowStage::Seen& seen,
                   const std::vector<std::string>& texts,
                   const std::string& input);

}  // namespace heddle::app
