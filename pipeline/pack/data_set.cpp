#include "pipeline/pack/data_set.h"

#include "attention/weights/weights_error.h"

#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace heddle::pipeline {
namespace {

namespace fs = std::filesystem;
using attention::WeightsError;

std::string shard_name(int number) {
  char text[32];
  std::snprintf(text, sizeof text, "shard-%04d.safetensors", number);
  return text;
}

/// Of shards, also of those that a killed process was writing.
bool is_ours(const std::string& name) {
  return name.starts_with("shard-") && name.find(".safetensors") != std::string::npos;
}

/// Absolute and without links and dots, so that a sibling can take its name.
fs::path place_of(const std::string& folder) {
  fs::path place = fs::weakly_canonical(fs::absolute(folder));
  return place.has_filename() ? place : place.parent_path();
}

bool holds_shards(const std::string& folder) {
  return fs::exists(fs::path(folder) / shard_name(0));
}

void require_only_shards(const std::string& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (is_ours(name) && entry.is_regular_file()) continue;
    throw WeightsError(folder + ": holds '" + name +
                       "'; a data set needs a folder of its own, name another");
  }
}

void rename_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) {
    throw WeightsError(to.string() + ": cannot take its name from " + from.string() + ": " +
                       error.message());
  }
}

}  // namespace

std::vector<std::string> shards_in(const std::string& folder) {
  std::vector<std::string> found;
  for (int i = 0;; ++i) {
    const fs::path path = fs::path(folder) / shard_name(i);
    if (!fs::exists(path)) break;
    found.push_back(path.string());
  }
  if (found.empty()) {
    throw WeightsError(folder + ": holds no " + shard_name(0) +
                       "; heddle train --pack FOLDER makes a data set");
  }
  return found;
}

void require_place_for_data(const std::string& folder, bool overwrite) {
  if (!fs::exists(folder)) return;
  if (!fs::is_directory(folder)) {
    throw WeightsError(folder + ": is no folder; name one for the data set");
  }
  require_only_shards(folder);
  if (!overwrite && holds_shards(folder)) {
    throw WeightsError(folder + ": holds a data set; -y replaces it");
  }
}

void take_name(const std::string& made, const std::string& folder) {
  require_place_for_data(folder, true);
  const fs::path from = place_of(made);
  const fs::path to = place_of(folder);
  const fs::path old = to.string() + ".partial-old";
  remove_data(old.string());
  const bool replaces = fs::exists(to);
  // Between the two renames the old set has another name; it is never lost.
  if (replaces) rename_folder(to, old);
  try {
    rename_folder(from, to);
  } catch (const WeightsError&) {
    std::error_code error;
    if (replaces) fs::rename(old, to, error);
    throw;
  }
  if (replaces) remove_data(old.string());
}

void remove_data(const std::string& folder) noexcept {
  std::error_code error;
  try {
    if (!fs::is_directory(folder)) return;
    require_only_shards(folder);
  } catch (const std::exception&) {
    return;
  }
  fs::remove_all(folder, error);
}

DataSetWriter::DataSetWriter(std::string folder, std::int64_t bases, bool overwrite)
    : folder_(std::move(folder)), partial_(place_of(folder_).string() + ".partial"), limit_(bases) {
  require_place_for_data(folder_, overwrite);
  if (fs::exists(partial_)) require_only_shards(partial_);
  remove_data(partial_);  // of a run that was killed
  std::error_code error;
  fs::create_directories(partial_, error);
  if (error) throw WeightsError(partial_ + ": cannot be made: " + error.message());
}

DataSetWriter::~DataSetWriter() { remove_data(partial_); }

void DataSetWriter::add(LabelledSequence sequence) {
  held_bases_ += sequence.labels.size();
  held_.push_back(std::move(sequence));
  if (held_bases_ >= limit_) flush();
}

void DataSetWriter::flush() {
  if (held_.empty()) return;
  write_shard((fs::path(partial_) / shard_name(written_++)).string(), held_);
  held_.clear();
  held_bases_ = 0;
}

int DataSetWriter::finish() {
  flush();
  take_name(partial_, folder_);
  return written_;
}

}  // namespace heddle::pipeline
