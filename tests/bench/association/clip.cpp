#include "tests/bench/association/clip.h"

#include "io/formats/kitti_rows.h"
#include "io/formats/text_input.h"
#include "io/peeked_input.h"
#include "tests/bench/association/setting.h"

#include <algorithm>
#include <filesystem>

namespace heddle::pipeline {
namespace {

bool is_kitti(const std::string& file) {
  io::TextInput text(io::PeekedInput::open(file));
  std::string line;
  text.append_line(line);
  return line.find(',') == line.npos && line.find_first_of("CDMPTV") != line.npos;
}

}  // namespace

Clip read_clip(const std::string& word) {
  const std::vector<std::string> parts = split(word, '@');
  const std::filesystem::path file = parts[0];
  Clip clip;
  clip.name = file.filename() == "gt.txt" ? file.parent_path().filename().string()
                                          : file.filename().string();
  clip.name = clip.name.substr(0, clip.name.find('.'));
  const std::vector<std::string> rate = split(parts.at(1), ':');
  clip.frames_per_second = std::stod(rate.at(0));
  clip.truth = io::read_tracks(file);
  if (is_kitti(file)) {
    clip.name = "KITTI-" + clip.name;
    for (io::MotRow& row : clip.truth)
      --row.x, --row.y;  // pixels from 0, as what was published had
  }
  if (parts.size() > 3) clip.video = parts[3];
  if (parts.size() > 2 && !parts[2].empty()) {
    clip.detections = io::read_mot(parts[2]);
    clip.name += "/det";
  }
  for (const io::MotRow& row : clip.truth) {
    clip.frames = std::max(clip.frames, row.frame);
    clip.width = std::max(clip.width, static_cast<int>(row.x + row.width));
    clip.height = std::max(clip.height, static_cast<int>(row.y + row.height));
  }
  if (rate.size() > 1) {
    const std::vector<std::string> sides = split(rate[1], 'x');
    clip.width = std::stoi(sides.at(0));
    clip.height = std::stoi(sides.at(1));
  }
  return clip;
}

}  // namespace heddle::pipeline
