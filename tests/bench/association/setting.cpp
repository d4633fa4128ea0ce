#include "tests/bench/association/setting.h"

#include <map>
#include <sstream>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

std::map<std::string, double*> settings_of(Setting& setting) {
  BoxAttentionSettings& ours = setting.ours;
  BoxMemorySettings& memory = ours.memory;
  DetectorNoise& noise = setting.noise;
  return {{"jitter", &memory.jitter},
          {"hidden_jitter", &memory.hidden_jitter},
          {"sway_x", &memory.sway_x},
          {"sway_y", &memory.sway_y},
          {"growth", &memory.growth},
          {"first_velocity", &memory.first_velocity},
          {"first_growth", &memory.first_growth},
          {"steady", &memory.steady},
          {"calm", &memory.calm},
          {"size_doubt", &memory.size_doubt},
          {"fade_growth", &memory.fade_growth},
          {"heavy_tail", &memory.heavy_tail},
          {"high_score", &ours.high_score},
          {"low_score", &ours.low_score},
          {"start_score", &ours.start_score},
          {"newcomer", &ours.newcomer},
          {"low_newcomer", &ours.low_newcomer},
          {"lost_price", &ours.lost_price},
          {"confirm", &ours.confirm},
          {"confirm_seconds", &ours.confirm_seconds},
          {"doubled", &ours.doubled},
          {"lost_seconds", &ours.lost_seconds},
          {"border_price", &ours.border_price},
          {"learn_pace", &ours.learn_pace},
          {"learn_drift", &ours.learn_drift},
          {"learn_tremble", &ours.learn_tremble},
          {"usual_tremble", &ours.usual_tremble},
          {"blurred", &ours.blurred},
          {"crisp", &ours.crisp},
          {"usual_gaps", &ours.usual_gaps},
          {"gap_price", &ours.gap_price},
          {"crisp_jitter", &ours.crisp_jitter},
          {"crisp_doubled", &ours.crisp_doubled},
          {"at_once", &ours.at_once},
          {"at_once_trust", &ours.at_once_trust},
          {"cut", &ours.cut},
          {"rest_overlap", &ours.rest_overlap},
          {"waiting_fit", &ours.waiting_fit},
          {"sure_return", &ours.sure_return},
          {"look_weight", &ours.look_weight},
          {"look_reach", &ours.look_reach},
          {"look_every", &ours.look_every},
          {"look_covered", &ours.look_covered},
          {"replay.sway", &setting.replay.sway},
          {"replay.twins", &setting.replay.twins},
          {"replay.noise", &setting.replay.noise},
          {"noise.jitter", &noise.jitter},
          {"noise.hidden_jitter", &noise.hidden_jitter},
          {"noise.half_visible", &noise.half_visible},
          {"noise.visible_spread", &noise.visible_spread},
          {"noise.mood", &noise.mood},
          {"noise.best_recall", &noise.best_recall},
          {"noise.doubles", &noise.doubles},
          {"noise.false_share", &noise.false_share},
          {"noise.false_frames", &noise.false_frames}};
}

}  // namespace

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
  return parts;
}

Setting parse(int argc, char** argv) {
  Setting setting;
  setting.associations = {"sort", "byte", "ocsort", "attention"};
  const auto names = settings_of(setting);
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t equals = word.find('=');
    if (word == "--seeds" && i + 1 < argc) {
      setting.seeds.clear();
      for (const std::string& seed : split(argv[++i], ',')) {
        setting.seeds.push_back(std::stoull(seed));
      }
    } else if (word == "--assoc" && i + 1 < argc) {
      setting.associations = split(argv[++i], ',');
    } else if (word == "--hidden" && i + 1 < argc) {
      setting.hidden = std::stod(argv[++i]);
    } else if (word == "--window" && i + 1 < argc) {
      setting.window = std::stod(argv[++i]);
    } else if (word == "--draw" && i + 1 < argc) {
      setting.draw = suite_half(argv[++i]);
    } else if (word == "--model" && i + 1 < argc) {
      setting.model = argv[++i];
    } else if (word.find('@') != word.npos) {
      setting.files.push_back(word);
    } else if (equals != word.npos && names.contains(word.substr(0, equals))) {
      *names.at(word.substr(0, equals)) = std::stod(word.substr(equals + 1));
    } else {
      throw std::invalid_argument("what is '" + word +
                                  "'? FILE@FPS[@DET] or a setting is expected");
    }
  }
  if (setting.files.empty()) throw std::invalid_argument("give FILE@FPS[@DET] ...");
  return setting;
}

}  // namespace heddle::pipeline
