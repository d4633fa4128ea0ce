#pragma once
// MOTChallenge text read back (Milan et al., MOT16, arXiv:1603.00831): detections, truth and
// tracks, one line a box,
//   frame,id,left,top,width,height[,confidence[,class[,visibility]]]
// separated by commas, spaces or tabs; further columns are not read. Plain, gzip or bgzf.
// Frames and pixels are 1-based there and stay as written. In a truth file 'confidence' is the mark
// that says whether the box counts (0: it does not).

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::io {

struct MotRow {
  std::int64_t frame = 1;  // from 1
  std::int64_t id = -1;    // -1: none, as in detections
  double x = 0, y = 0, width = 0, height = 0;
  double confidence = 1;
  int type = -1;          // class, -1: none
  double visibility = 1;  // 0..1
  int columns = 6;        // that the line has
};

/// Every row in the file's order. Throws InputError naming the file and the line: too few columns,
/// something that is not a number, a
/// frame below 1, a negative side.
std::vector<MotRow> read_mot(const std::string& uri);

}  // namespace heddle::io
