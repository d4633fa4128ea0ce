#pragma once
// `heddle video --detections FILE` without a video: the boxes are the input.

#include "app/options.h"
#include "app/output_plan.h"
#include "io/formats/mot_rows.h"
#include "io/source.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace heddle::app {

/// Without a video to look at: is everything there, and nothing that needs one? Throws CommandError
/// (usage).
void check_boxes_alone(const CLI::App& command, const VideoOptions& options);
/// Throws CommandError (usage) for an output that shows the video.
void check_boxes_alone(std::span<const OutputTarget> targets);

struct BoxInput {
  std::vector<io::MotRow> rows;
  std::unique_ptr<io::Source> source;  // blank frames, as many as the last box needs
  std::vector<std::string> notes;      // what was assumed, one sentence each
};
/// Throws InputError, and CommandError (usage) for a --size that is none.
BoxInput open_boxes(const VideoOptions& options);

}  // namespace heddle::app
