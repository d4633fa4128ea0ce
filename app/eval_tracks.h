#pragma once
// Tracks against the truth: what lies in files and folders -> scores a sequence and taken together.

#include "pipeline/metrics/mot_rules.h"
#include "pipeline/metrics/tracking_score.h"

#include <string>
#include <utility>
#include <vector>

namespace heddle::app {

/// One row of a result: a sequence, or all of them.
struct ScoredTracks {
  std::string name;
  pipeline::TrackingScore score;
  pipeline::LeftOut left_out;
  bool by_scores = false;  // the truth is somebody's output

  ScoredTracks& operator+=(const ScoredTracks& other);
};

/// `truth` is a MOTChallenge text file, or a folder of sequences: NAME/gt/gt.txt, NAME/gt.txt or
/// NAME.txt, all also .gz. `tracks` is then a file, or a folder with NAME.txt for each of them.
/// Rows by name; with several sequences a last one, "all". Throws CommandError and InputError
/// naming the file.
std::vector<ScoredTracks> score_tracks(const std::string& truth,
                                       const std::string& tracks,
                                       pipeline::MotRules rules);

/// Columns with a head, figures in percent.
std::string tracks_table(const std::vector<ScoredTracks>& rows);
/// One JSON object a set of tracks: the figures as shares of 1, and HOTA's over the thresholds.
std::string tracks_json(const std::string& truth,
                        const std::vector<std::pair<std::string, std::vector<ScoredTracks>>>& sets);
/// HOTA, DetA, AssA and LocA of the last row against the threshold, as a self-contained SVG; of
/// several sets of tracks the HOTA of each one's last row.
std::string tracks_svg(const std::vector<std::pair<std::string, std::vector<ScoredTracks>>>& sets);

}  // namespace heddle::app
