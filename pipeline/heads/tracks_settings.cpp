#include "pipeline/heads/tracks_settings.h"

#include <stdexcept>

namespace heddle::pipeline {

namespace {

FollowSettings cautious() { return {}; }

FollowSettings final_settings() {
  FollowSettings settings;
  settings.drop = settings.reacquire_share = settings.remember_share = 0;
  return settings;
}

struct Preset {
  std::string_view name;
  FollowSettings (*make)();
};

// THE LIST.
constexpr Preset kPresets[] = {{"cautious", cautious}, {"final", final_settings}};

}  // namespace

std::vector<std::string> follow_presets() {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.emplace_back(preset.name);
  return names;
}

FollowSettings follow_preset(std::string_view name) {
  std::string known;
  for (const Preset& preset : kPresets) {
    if (preset.name == name) return preset.make();
    known.append(known.empty() ? "" : ", ").append(preset.name);
  }
  throw std::invalid_argument("unknown tracking preset '" + std::string(name) +
                              "'; known: " + known);
}

}  // namespace heddle::pipeline
