#include "pipeline/detectors/class_names.h"

#include "io/error.h"
#include "io/trimmed.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <stdexcept>

namespace heddle::pipeline {

namespace {

constexpr std::size_t kMostNames = 100'000;
constexpr std::size_t kWorthListing = 12;

constexpr std::string_view kCoco[] = {"person",        "bicycle",      "car",
                                      "motorcycle",    "airplane",     "bus",
                                      "train",         "truck",        "boat",
                                      "traffic light", "fire hydrant", "stop sign",
                                      "parking meter", "bench",        "bird",
                                      "cat",           "dog",          "horse",
                                      "sheep",         "cow",          "elephant",
                                      "bear",          "zebra",        "giraffe",
                                      "backpack",      "umbrella",     "handbag",
                                      "tie",           "suitcase",     "frisbee",
                                      "skis",          "snowboard",    "sports ball",
                                      "kite",          "baseball bat", "baseball glove",
                                      "skateboard",    "surfboard",    "tennis racket",
                                      "bottle",        "wine glass",   "cup",
                                      "fork",          "knife",        "spoon",
                                      "bowl",          "banana",       "apple",
                                      "sandwich",      "orange",       "broccoli",
                                      "carrot",        "hot dog",      "pizza",
                                      "donut",         "cake",         "chair",
                                      "couch",         "potted plant", "bed",
                                      "dining table",  "toilet",       "tv",
                                      "laptop",        "mouse",        "remote",
                                      "keyboard",      "cell phone",   "microwave",
                                      "oven",          "toaster",      "sink",
                                      "refrigerator",  "book",         "clock",
                                      "vase",          "scissors",     "teddy bear",
                                      "hair drier",    "toothbrush"};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return text;
}

bool is_number(std::string_view word, int& number) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size() && number >= 0;
}

/// Moves `rest` behind what it begins with.
bool take(std::string_view& rest, std::string_view what) {
  rest = io::trimmed(rest);
  if (!rest.starts_with(what)) return false;
  rest.remove_prefix(what.size());
  return true;
}

/// One "0: 'person'" of a Python dictionary: quoted either way, with backslashes before quotes.
bool take_entry(std::string_view& rest, int number, std::string& name) {
  if (!take(rest, std::to_string(number)) || !take(rest, ":")) return false;
  rest = io::trimmed(rest);
  if (rest.empty() || (rest.front() != '\'' && rest.front() != '"')) return false;
  const char quote = rest.front();
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == quote) {
      rest.remove_prefix(i + 1);
      return true;
    }
    if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
    name += rest[i];
  }
  return false;
}

}  // namespace

std::vector<std::string> read_class_names(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw io::InputError(path + ": cannot be opened; give a text with one class a line");
  std::vector<std::string> names;
  for (std::string line; std::getline(file, line);) {
    names.emplace_back(io::trimmed(line));
    if (names.size() > kMostNames || line.find('\0') != std::string::npos) {
      throw io::InputError(path + ": is no list of classes; give a text with one class a line");
    }
  }
  while (!names.empty() && names.back().empty()) names.pop_back();
  if (names.empty()) throw io::InputError(path + ": names no class; give one a line");
  return names;
}

std::vector<std::string> parse_class_names(std::string_view text) {
  std::vector<std::string> names;
  if (!take(text, "{")) return {};
  do {
    std::string name;
    if (names.size() == kMostNames || !take_entry(text, static_cast<int>(names.size()), name)) {
      return {};
    }
    names.push_back(name);
  } while (take(text, ","));
  return take(text, "}") ? names : std::vector<std::string>{};
}

std::span<const std::string_view> coco_class_names() { return kCoco; }

std::set<int> wanted_classes(const std::vector<std::string>& words,
                             const std::vector<std::string>& names) {
  std::set<int> wanted;
  for (const std::string& word : words) {
    const auto named = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return lower(name) == lower(word);
    });
    int number = 0;
    if (named != names.end()) {
      wanted.insert(static_cast<int>(named - names.begin()));
    } else if (is_number(word, number) &&
               (names.empty() || number < static_cast<int>(names.size()))) {
      wanted.insert(number);
    } else {
      std::string message =
          "'" + word + "' is no class of the model; it has " + std::to_string(names.size());
      for (std::size_t i = 0; i < std::min(names.size(), kWorthListing); ++i) {
        message += (i == 0 ? ": " : ", ") + names[i];
      }
      throw std::invalid_argument(message + (names.size() > kWorthListing ? " ..." : "") +
                                  "; give names, or numbers from 0");
    }
  }
  return wanted;
}

}  // namespace heddle::pipeline
