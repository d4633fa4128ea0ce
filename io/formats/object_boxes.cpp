#include "io/formats/object_boxes.h"

#include "io/error.h"
#include "io/formats/mot_rows.h"
#include "io/formats/text_input.h"

#include <charconv>
#include <string_view>

namespace heddle::io {
namespace {

using Boxes = std::vector<std::optional<ObjectBox>>;

constexpr std::size_t kLongestLine = 4096;
constexpr std::int64_t kMostFrames = 10'000'000;  // four days of a video: 400 MB of boxes
constexpr std::string_view kSeparators = ", \t";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(kSeparators);
    if (begin == line.npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(kSeparators), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

bool is_list(const std::string& uri) {
  TextInput text(PeekedInput::open(uri));
  std::string line;
  while (text.append_line(line, kLongestLine)) {
    if (const auto words = words_of(line); !words.empty()) return words.size() == 4;
    line.clear();
  }
  return false;
}

std::optional<ObjectBox> box_with_area(double x, double y, double width, double height) {
  if (!(width > 0) || !(height > 0)) return std::nullopt;
  return ObjectBox{x, y, width, height};
}

Boxes read_list(const std::string& uri) {
  TextInput text(PeekedInput::open(uri));
  Boxes boxes;
  std::string line;
  for (;;) {
    line.clear();
    const std::int64_t number = text.line();
    if (!text.append_line(line, kLongestLine)) return boxes;
    const auto words = words_of(line);
    if (words.empty()) continue;
    if (words.size() != 4) {
      text.fail(number,
                "has " + std::to_string(words.size()) +
                    " columns and the first line four; left,top,width,height are expected");
    }
    double side[4];
    for (std::size_t i = 0; i < 4; ++i) {
      const char* const last = words[i].data() + words[i].size();
      const auto [end, error] = std::from_chars(words[i].data(), last, side[i]);
      if (error != std::errc{} || end != last) {
        text.fail(number,
                  "column " + std::to_string(i + 1) + " is '" +
                      std::string(words[i].substr(0, 40)) + "'; a number is expected");
      }
    }
    boxes.push_back(box_with_area(side[0], side[1], side[2], side[3]));
  }
}

Boxes read_rows(const std::string& uri, std::optional<std::int64_t> id) {
  Boxes boxes;
  std::optional<std::int64_t> only = id;
  for (const MotRow& row : read_mot(uri)) {
    if (!only) only = row.id;
    if (row.id != *only) {
      if (id) continue;
      throw InputError(uri + ": has the objects " + std::to_string(*only) + " and " +
                       std::to_string(row.id) + "; name the one to judge");
    }
    if (row.frame > kMostFrames) {
      throw InputError(uri + ": frame " + std::to_string(row.frame) + " is beyond the " +
                       std::to_string(kMostFrames) +
                       " that a video may have; the first column must count frames from 1");
    }
    const auto frame = static_cast<std::size_t>(row.frame);
    if (boxes.size() < frame) boxes.resize(frame);
    if (boxes[frame - 1]) {
      throw InputError(uri + ": object " + std::to_string(*only) + " appears twice in frame " +
                       std::to_string(frame));
    }
    if (row.confidence != 0) boxes[frame - 1] = box_with_area(row.x, row.y, row.width, row.height);
  }
  if (id && boxes.empty()) {
    throw InputError(uri + ": has no object " + std::to_string(*id));
  }
  return boxes;
}

}  // namespace

Boxes read_object_boxes(const std::string& uri, std::optional<std::int64_t> id) {
  return is_list(uri) ? read_list(uri) : read_rows(uri, id);
}

}  // namespace heddle::io
