#pragma once
// The boxes of one object, frame by frame, read back: MOTChallenge text (mot_rows.h), or the plain
// list of OTB (Wu, Lim and Yang 2013), a line
//   left,top,width,height
// a frame from the first on, separated by commas, blanks or tabs. Which of them a file is, its
// first line tells: four columns are a list. Plain, gzip or bgzf. Pixels count from 1 in both.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heddle::io {

struct ObjectBox {
  double x = 0, y = 0, width = 0, height = 0;  // pixels, from 1
};

/// One entry a frame, from the first on; nothing where there is no box: frames that a file leaves
/// out, rows marked 0 in the seventh column, and boxes without area (or NaN), which lists use for
/// frames that do not count. `id` picks an object of MOTChallenge text; without it there may be
/// only one. Throws InputError naming the file and what is wrong.
std::vector<std::optional<ObjectBox>> read_object_boxes(const std::string& uri,
                                                        std::optional<std::int64_t> id);

}  // namespace heddle::io
