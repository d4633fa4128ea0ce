#pragma once
// Reading clips in tests, and a folder that goes away.

#include "io/source.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

namespace heddle::io {

inline std::string clip(const std::string& name) { return HEDDLE_TEST_DATA "/video/" + name; }

struct Reading {
  SourceInfo info;
  std::vector<Frame> frames;
  std::string error;  // of the end, empty where it was clean
};

/// Opens and reads to the end; InputError at either ends up in `error`.
inline Reading read_video(const std::string& path, const SourceOptions& options = {}) {
  Reading reading;
  try {
    const auto source = open_source(path, options);
    reading.info = source->info();
    while (auto sample = source->next()) reading.frames.push_back(std::get<Frame>(*sample));
  } catch (const InputError& error) {
    reading.error = error.what();
  }
  return reading;
}

/// Blue, green, red at a pixel.
inline std::vector<int> color_at(const Frame& frame, int x, int y) {
  const auto at = (static_cast<std::size_t>(y) * frame.width + x) * 3;
  return {frame.bgr[at], frame.bgr[at + 1], frame.bgr[at + 2]};
}

/// "plain.mp4" -> "plain_mp4", as names of tests must be.
inline std::string test_name(std::string file) {
  for (char& letter : file) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  }
  return file;
}

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "heddle_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(*this / name, std::ios::binary) << bytes;
    return *this / name;
  }

 private:
  std::string path_;
};

}  // namespace heddle::io
