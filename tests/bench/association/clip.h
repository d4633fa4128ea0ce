#pragma once
// A clip with its true tracks, as an association bench reads it.

#include "io/formats/mot_rows.h"

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::pipeline {

struct Clip {
  std::string name;
  double frames_per_second = 30;
  std::int64_t frames = 0;
  int width = 0, height = 0;  // as given, else those that hold the true boxes
  std::vector<io::MotRow> truth;
  std::vector<io::MotRow> detections;  // of a real detector; empty: simulate
  std::string video;                   // empty: none
};

/// Of "FILE@FPS[:WIDTHxHEIGHT][@DET[@VIDEO]]": MOTChallenge truth or KITTI tracking labels. Throws
/// io::InputError.
Clip read_clip(const std::string& word);

}  // namespace heddle::pipeline
