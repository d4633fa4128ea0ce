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

/// True boxes that do not count, by the column that says so.
struct LeftOut {
  std::int64_t marked = 0;   // 7: a mark of 0
  std::int64_t classed = 0;  // 8: no pedestrian

  LeftOut& operator+=(const LeftOut& other);
};

struct PreparedTracks {
  std::vector<LabelledBox> truth, said;
  LeftOut left_out;
};

/// Has somebody's output for truth: column 7 holds scores between 0 and 1, not marks.
bool holds_scores(std::span<const io::MotRow> truth);

/// A mark is read as a whole number, as there: 0.4 is 0. But where the truth holds scores all its
/// boxes count.
/// kAuto: kMot17 where the truth has classes, else kMot15. Throws std::invalid_argument where an id
/// appears twice in a frame on one side, or under kMot17 and kMot20 a class is not one of theirs.
PreparedTracks prepare_mot(std::span<const io::MotRow> truth,
                           std::span<const io::MotRow> said,
                           MotRules rules);

}  // namespace heddle::pipeline
