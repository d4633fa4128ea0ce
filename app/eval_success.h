#pragma once
// One object against the truth: what lies in files -> success and precision, and how they are
// shown.

#include "pipeline/metrics/success.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heddle::app {

struct ScoredObject {
  std::string name;  // the file
  pipeline::Success score;
};

/// Which object of each file, where it holds several.
struct ObjectIds {
  std::optional<std::int64_t> truth, track;
};

/// The frames of the truth that have a box; what the track says beyond them is not judged. Throws
/// InputError naming the file.
ScoredObject score_object(const std::string& truth, const std::string& track, const ObjectIds& ids);

/// Columns with a head, figures in percent.
std::string success_table(const std::vector<ScoredObject>& rows);
/// Shares of 1, with both curves.
std::string success_json(const std::string& truth, const std::vector<ScoredObject>& rows);
/// The success plot, a line a track, as a self-contained SVG.
std::string success_svg(const std::vector<ScoredObject>& rows);

}  // namespace heddle::app
