#include "app/eval_tracks.h"

#include "app/exit_codes.h"
#include "io/error.h"
#include "io/formats/kitti_rows.h"

#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> first_there(const std::vector<fs::path>& places) {
  for (const fs::path& place : places) {
    if (fs::is_regular_file(place)) return place;
  }
  return std::nullopt;
}

/// 'MOT17-02.gt.txt.gz' -> 'MOT17-02'; nothing for other files.
std::optional<std::string> sequence_named(const fs::path& file) {
  std::string name = file.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  if (!name.ends_with(".txt") || name.starts_with('.')) return std::nullopt;
  name.resize(name.size() - 4);
  if (name.ends_with(".gt")) name.resize(name.size() - 3);
  return name;
}

std::map<std::string, fs::path> truths_in(const fs::path& folder) {
  std::map<std::string, fs::path> truths;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (entry.is_directory()) {
      const auto file = first_there(
          {path / "gt/gt.txt", path / "gt/gt.txt.gz", path / "gt.txt", path / "gt.txt.gz"});
      if (file) truths[path.filename().string()] = *file;
    } else if (const auto name = sequence_named(path)) {
      truths[*name] = path;
    }
  }
  if (truths.empty()) {
    throw io::InputError(folder.string() +
                         ": no sequences; NAME/gt/gt.txt, NAME/gt.txt or NAME.txt are looked for");
  }
  return truths;
}

fs::path tracks_of(const std::string& sequence, const fs::path& folder) {
  const auto file = first_there({folder / (sequence + ".txt"), folder / (sequence + ".txt.gz")});
  if (!file) {
    throw io::InputError(folder.string() + ": no " + sequence + ".txt; a folder of tracks holds " +
                         "NAME.txt for each sequence of the truth (empty where nothing is found)");
  }
  return *file;
}

/// Whoever gives another of our formats is told which it has to be.
std::vector<io::MotRow> rows_of(const fs::path& file) {
  try {
    return io::read_tracks(file.string());
  } catch (const io::InputError& error) {
    const std::string end = file.extension().string();
    if (end != ".csv" && end != ".jsonl" && end != ".json") throw;
    throw io::InputError(std::string(error.what()) + "; heddle video writes it with -O mot");
  }
}

ScoredTracks score_files(const std::string& name,
                         const fs::path& truth,
                         const fs::path& tracks,
                         pipeline::MotRules rules) {
  const auto true_rows = rows_of(truth);
  const auto said_rows = rows_of(tracks);
  try {
    const auto prepared = pipeline::prepare_mot(true_rows, said_rows, rules);
    return {name,
            pipeline::score_tracking(prepared.truth, prepared.said),
            prepared.left_out,
            pipeline::holds_scores(true_rows)};
  } catch (const std::invalid_argument& error) {
    throw io::InputError(tracks.string() + " against " + truth.string() + ": " + error.what());
  }
}

}  // namespace

ScoredTracks& ScoredTracks::operator+=(const ScoredTracks& other) {
  score += other.score;
  left_out += other.left_out;
  by_scores = by_scores || other.by_scores;
  return *this;
}

std::vector<ScoredTracks> score_tracks(const std::string& truth,
                                       const std::string& tracks,
                                       pipeline::MotRules rules) {
  const bool many = fs::is_directory(truth);
  if (many != fs::is_directory(tracks)) {
    throw CommandError(kUsage,
                       truth + " is a " + (many ? "folder" : "file") + " and " + tracks +
                           " is not; give two files, or two folders of sequences");
  }
  if (!many) {
    const auto name = sequence_named(tracks);
    return {score_files(name ? *name : tracks, truth, tracks, rules)};
  }
  std::vector<ScoredTracks> rows;
  for (const auto& [name, file] : truths_in(truth)) {
    rows.push_back(score_files(name, file, tracks_of(name, tracks), rules));
  }
  if (rows.size() < 2) return rows;
  ScoredTracks all{.name = "all"};
  for (const ScoredTracks& row : rows) all += row;
  rows.push_back(std::move(all));
  return rows;
}

}  // namespace heddle::app
