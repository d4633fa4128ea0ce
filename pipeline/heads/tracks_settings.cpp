#include "pipeline/heads/tracks_settings.h"

#include <stdexcept>

namespace heddle::pipeline {

const std::vector<std::string>& follow_presets() {
  static const std::vector<std::string> names{"cautious", "final"};
  return names;
}

FollowSettings follow_preset(std::string_view name) {
  FollowSettings settings;
  if (name == "cautious") return settings;
  if (name == "final") {
    settings.drop = settings.reacquire_share = settings.remember_share = 0;
    return settings;
  }
  throw std::invalid_argument("unknown tracking preset '" + std::string(name) +
                              "'; known: cautious, final");
}

}  // namespace heddle::pipeline
