// Every file of a folder of real and odd videos against what FFmpeg's own tools say of it. The
// folder is not part of the repository: HEDDLE_SHARED names it, ../shared is the default.

#include "clips.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

namespace heddle::io {
namespace {

std::string shared_folder() {
  const char* named = std::getenv("HEDDLE_SHARED");
  std::string folder = named != nullptr ? named : HEDDLE_ROOT "/../shared";
  return folder += "/data/video/";
}

using Row = std::map<std::string, std::string>;

std::vector<Row> table(const std::string& path) {
  std::ifstream file(path);
  const auto split = [](const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, '\t');) cells.push_back(cell);
    return cells;
  };
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> names = split(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = split(line);
    Row row;
    for (std::size_t i = 0; i < std::min(names.size(), cells.size()); ++i) row[names[i]] = cells[i];
    rows.push_back(row);
  }
  return rows;
}

void expect_times(const Row& row, const std::vector<Frame>& frames) {
  double least = 1e9, most = 0;
  for (std::size_t i = 1; i < frames.size(); ++i) {
    const double step = frames[i].seconds - frames[i - 1].seconds;
    EXPECT_GT(step, 0);
    least = std::min(least, step);
    most = std::max(most, step);
  }
  if (row.at("first_pts_s") == "-") return;
  EXPECT_NEAR(frames.back().seconds,
              std::stod(row.at("last_pts_s")) - std::stod(row.at("first_pts_s")),
              2e-3);
  if (frames.size() < 2) return;
  EXPECT_NEAR(least, std::stod(row.at("min_gap_s")), 2e-4);
  EXPECT_NEAR(most, std::stod(row.at("max_gap_s")), 2e-4);
}

void expect_row(const Row& row, const Reading& reading) {
  const int frames = std::stoi(row.at("decoded_frames"));
  ASSERT_EQ(static_cast<int>(reading.frames.size()), frames) << reading.error;
  EXPECT_EQ(reading.error.empty(), row.at("ffmpeg_complaints") == "0") << reading.error;
  if (frames == 0) return;
  const bool sideways = std::abs(std::stoi(row.at("rotation"))) == 90;
  EXPECT_EQ(reading.info.width, std::stoi(row.at(sideways ? "stored_h" : "stored_w")));
  EXPECT_EQ(reading.info.height, std::stoi(row.at(sideways ? "stored_w" : "stored_h")));
  EXPECT_NE(reading.info.format.find(row.at("codec")), std::string::npos) << reading.info.format;
  EXPECT_NE(reading.info.format.find(row.at("pix_fmt")), std::string::npos) << reading.info.format;
  expect_times(row, reading.frames);
}

// Like read_video, without keeping the pixels of thousands of frames.
Reading read_times(const std::string& path) {
  Reading reading;
  try {
    const auto source = open_source(path, {.threads = 2});
    reading.info = source->info();
    while (auto sample = source->next()) {
      reading.frames.push_back(std::get<Frame>(std::move(*sample)));
      reading.frames.back().bgr = {};
    }
  } catch (const InputError& error) {
    reading.error = error.what();
  }
  return reading;
}

TEST(SharedVideos, AreReadAsTheirTableSays) {
  const std::string folder = shared_folder();
  const std::vector<Row> rows = table(folder + "expected.tsv");
  if (rows.empty()) GTEST_SKIP() << "no " << folder << "expected.tsv; HEDDLE_SHARED names it";
  for (const Row& row : rows) {
    SCOPED_TRACE(row.at("file"));
    expect_row(row, read_times(folder + row.at("file")));
  }
}

}  // namespace
}  // namespace heddle::io
