#pragma once
// KITTI tracking labels and results read as MOTChallenge rows (Geiger, Lenz and Urtasun, CVPR 2012;
// the columns are those of its tracking development kit), one line a box, separated by blanks:
//   frame id type truncated occluded alpha left top right bottom h w l x y z rotation [score]
// Frames and pixels count from 0 there; as rows they count from 1. Rows of type DontCare are left
// out, of every other type they count. Occluded 0, 1, 2 is taken for a visibility of 1, 0.6, 0.25.
// Plain, gzip or bgzf. Threads: plain functions.

#include "io/formats/mot_rows.h"

#include <string>
#include <vector>

namespace heddle::io {

/// Tracks of either kind: KITTI labels where the first line's third column is a word, else
/// MOTChallenge text (mot_rows.h). Throws InputError naming the file and the line.
std::vector<MotRow> read_tracks(const std::string& uri);

}  // namespace heddle::io
