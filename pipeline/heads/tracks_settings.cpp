#include "pipeline/heads/tracks_settings.h"

#include <stdexcept>

namespace heddle::pipeline {

const std::vector<std::string>& follow_presets() {
  static const std::vector<std::string> names{"final", "cautious"};
  return names;
}

FollowSettings follow_preset(std::string_view name) {
  FollowSettings settings;
  if (name == "final") return settings;
  if (name == "cautious") {
    settings.drop = 0.88;
    settings.reacquire_share = 0.92;
    settings.remember_share = 0.93;
    return settings;
  }
  throw std::invalid_argument("unknown tracking preset '" + std::string(name) +
                              "'; known: final, cautious");
}

}  // namespace heddle::pipeline
