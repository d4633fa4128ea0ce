#pragma once
// What an association bench is asked for: its words, and the settings that they name.

#include "pipeline/associations/box_attention.h"
#include "pipeline/simulation/detector_noise.h"
#include "pipeline/simulation/replay.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heddle::pipeline {

struct Setting {
  std::vector<std::uint64_t> seeds = {1};
  std::vector<std::string> associations;
  std::vector<std::string> files;
  double hidden = -1;  // visibility; -1: who has no box is hidden
  double window = 1;   // seconds
  std::optional<SuiteHalf> draw;
  std::string model = "configs/models/tracking-reference/weights.safetensors";
  ReplaySettings replay;
  DetectorNoise noise;
  BoxAttentionSettings ours;
};

std::vector<std::string> split(const std::string& text, char at);

/// Throws std::invalid_argument with a sentence.
Setting parse(int argc, char** argv);

}  // namespace heddle::pipeline
