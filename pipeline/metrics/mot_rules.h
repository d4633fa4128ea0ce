#pragma once
// Which boxes of MOTChallenge files count, as TrackEval prepares them. With classes (MOT16, MOT17,
// MOT20): said boxes that match a distractor of the truth at an IoU of 0.5 are dropped, then every
// true box that is no pedestrian or is marked with 0. Without (MOT15, our own): only true boxes
// marked with 0 are dropped.

#include "io/formats/mot_rows.h"
#include "pipeline/metrics/paired_sequence.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

enum class MotRules : std::uint8_t { kAuto, kMot15, kMot17, kMot20 };

/// auto, mot15, mot17 (also for MOT16), mot20.
std::vector<std::string> mot_rules_names();
/// Throws std::invalid_argument naming the choices.
MotRules mot_rules_named(std::string_view name);

struct PreparedTracks {
  std::vector<LabelledBox> truth, said;
};

/// kAuto: kMot17 where the truth has classes, else kMot15. Throws std::invalid_argument where an id
/// appears twice in a frame on one side, or under kMot17 and kMot20 a class is not one of theirs.
PreparedTracks prepare_mot(std::span<const io::MotRow> truth,
                           std::span<const io::MotRow> said,
                           MotRules rules);

}  // namespace heddle::pipeline
