#include "tests/bench/followers/settings_text.h"

#include <map>
#include <sstream>
#include <stdexcept>

namespace heddle::bench {
namespace {

using pipeline::FollowSettings;

const std::map<std::string, double FollowSettings::*> kNumbers = {
    {"visible", &FollowSettings::visible},
    {"reacquire", &FollowSettings::reacquire},
    {"remember", &FollowSettings::remember},
    {"drop", &FollowSettings::drop},
    {"reacquire_share", &FollowSettings::reacquire_share},
    {"remember_share", &FollowSettings::remember_share},
    {"sigma", &FollowSettings::sigma},
    {"sigma_growth", &FollowSettings::sigma_growth},
    {"velocity_fade", &FollowSettings::velocity_fade},
    {"velocity_gain", &FollowSettings::velocity_gain},
    {"size_gain", &FollowSettings::size_gain},
    {"gate", &FollowSettings::gate},
    {"gate_growth", &FollowSettings::gate_growth},
    {"rival_visible", &FollowSettings::rival_visible},
    {"rival_share", &FollowSettings::rival_share},
    {"reacquire_fade", &FollowSettings::reacquire_fade},
    {"rival_gate", &FollowSettings::rival_gate}};

const std::map<std::string, int FollowSettings::*> kCounts = {
    {"remember_every", &FollowSettings::remember_every},
    {"long_every", &FollowSettings::long_every},
    {"roam_after", &FollowSettings::roam_after},
    {"scan_every", &FollowSettings::scan_every},
    {"scan_idle_every", &FollowSettings::scan_idle_every},
    {"search_wide_every", &FollowSettings::search_wide_every},
    {"remember_after", &FollowSettings::remember_after},
    {"contradictions", &FollowSettings::contradictions},
    {"step_back", &FollowSettings::step_back},
    {"rival_hits", &FollowSettings::rival_hits}};

void change(FollowSettings& settings, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const double value = equals == std::string::npos ? 0 : std::stod(text.substr(equals + 1));
  if (const auto number = kNumbers.find(name); number != kNumbers.end()) {
    settings.*number->second = value;
  } else if (const auto count = kCounts.find(name); count != kCounts.end()) {
    settings.*count->second = static_cast<int>(value);
  } else {
    throw std::invalid_argument("no setting '" + name + "'; see pipeline/heads/tracks_settings.h");
  }
}

}  // namespace

FollowSettings settings_of(const std::string& text) {
  std::istringstream parts(text);
  std::string part;
  std::getline(parts, part, ',');
  FollowSettings settings = pipeline::follow_preset(part);
  while (std::getline(parts, part, ',')) change(settings, part);
  return settings;
}

}  // namespace heddle::bench
