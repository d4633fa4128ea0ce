#include "tests/bench/association/clip.h"

#include "io/formats/text_input.h"
#include "io/peeked_input.h"
#include "tests/bench/association/setting.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace heddle::pipeline {
namespace {

/// KITTI tracking labels (Geiger et al. 2012): frame id type truncated occluded alpha x1 y1 x2 y2.
/// Every type but DontCare counts; occlusion 0, 1, 2 is taken for a visibility.
std::vector<io::MotRow> read_kitti(const std::string& file) {
  constexpr double kVisibility[] = {1, 0.6, 0.25, -1};
  io::TextInput text(io::PeekedInput::open(file));
  std::vector<io::MotRow> rows;
  for (std::string line; text.append_line(line); line.clear()) {
    std::istringstream words(line);
    io::MotRow row;
    std::string type;
    int truncated = 0, occluded = 0;
    double alpha = 0, right = 0, bottom = 0;
    words >> row.frame >> row.id >> type >> truncated >> occluded >> alpha >> row.x >> row.y >>
        right >> bottom;
    if (!words || type == "DontCare") continue;
    ++row.frame;
    row.width = right - row.x;
    row.height = bottom - row.y;
    row.visibility = occluded >= 0 && occluded < 4 ? kVisibility[occluded] : -1;
    row.columns = 9;
    rows.push_back(row);
  }
  return rows;
}

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
  const bool kitti = is_kitti(file);
  clip.truth = kitti ? read_kitti(file) : io::read_mot(file);
  if (kitti) clip.name = "KITTI-" + clip.name;
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
