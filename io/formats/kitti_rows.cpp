#include "io/formats/kitti_rows.h"

#include "io/formats/text_input.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <sstream>

namespace heddle::io {
namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr double kLargest = 1e9;  // as of MOTChallenge text
constexpr std::array kVisibility = {1., 0.6, 0.25};

/// The third word of the first line begins with a letter.
bool is_kitti(const std::string& uri) {
  TextInput text(PeekedInput::open(uri));
  std::string line, word;
  text.append_line(line, kLongestLine);
  std::istringstream words(line);
  words >> word >> word >> word;
  return words && line.find(',') == line.npos && std::isalpha(static_cast<unsigned char>(word[0]));
}

bool is_number(double value) { return std::isfinite(value) && std::abs(value) <= kLargest; }

std::vector<MotRow> read_kitti(const std::string& uri) {
  TextInput text(PeekedInput::open(uri));
  std::vector<MotRow> rows;
  std::string line;
  for (;;) {
    line.clear();
    const std::int64_t number = text.line();
    if (!text.append_line(line, kLongestLine)) return rows;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    std::istringstream words(line);
    MotRow row;
    std::string type;
    double truncated = 0, occluded = 0, alpha = 0, right = 0, bottom = 0;
    words >> row.frame >> row.id >> type >> truncated >> occluded >> alpha >> row.x >> row.y >>
        right >> bottom;
    if (!words) {
      text.fail(number,
                "is no row of KITTI tracking labels: frame id type truncated occluded alpha left "
                "top right bottom are expected, separated by blanks");
    }
    if (type == "DontCare") continue;
    const std::array sides = {row.x, row.y, right, bottom};
    if (row.frame < 0 || row.frame > static_cast<std::int64_t>(kLargest) ||
        !std::ranges::all_of(sides, is_number) || right < row.x || bottom < row.y) {
      text.fail(number,
                "frame " + std::to_string(row.frame) +
                    ", or a box whose right or bottom lies "
                    "before its left or top; frames count from 0");
    }
    ++row.frame;
    row.width = right - row.x;
    row.height = bottom - row.y;
    ++row.x;
    ++row.y;
    const bool told = occluded == 0 || occluded == 1 || occluded == 2;
    row.visibility = told ? kVisibility[static_cast<std::size_t>(occluded)] : -1;
    row.columns = 9;
    rows.push_back(row);
  }
}

}  // namespace

std::vector<MotRow> read_tracks(const std::string& uri) {
  return is_kitti(uri) ? read_kitti(uri) : read_mot(uri);
}

}  // namespace heddle::io
