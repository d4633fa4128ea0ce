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

/// Throws CommandError (usage) for the first box that begins behind the last of `frames` frames,
/// which are those of `where`: "match.mp4" or "--frames 20".
void refuse_late(std::span<const pipeline::InitBox> boxes,
                 const std::vector<std::string>& texts,
                 std::int64_t frames,
                 const std::string& where);

}  // namespace heddle::app
