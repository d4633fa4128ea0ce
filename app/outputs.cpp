#include "app/outputs.h"

#include <algorithm>
#include <exception>
#include <numeric>
#include <utility>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

/// True when it was not there before.
bool make_folder(const fs::path& folder) {
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error)) return false;
  fs::create_directory(folder, error);
  if (!error) return true;
  throw io::OutputError("cannot make the folder " + folder.string() + ": " + error.message());
}

/// Where its bytes are until it has its name: devices and pipes are written directly.
std::string unfinished_path(const std::string& path) {
  std::error_code none;
  const fs::file_status status = fs::status(path, none);
  const bool direct = path == "-" || (fs::exists(status) && !fs::is_regular_file(status));
  return direct ? path : path + ".partial";
}

}  // namespace

Outputs::Outputs(std::span<const OutputTarget> targets, const io::SinkOptions& options)
    : targets_(targets.begin(), targets.end()), used_(options.to_continue) {
  for (const OutputTarget& target : targets) {
    const fs::path folder = fs::path(target.path).parent_path();
    try {
      if (target.path != "-" && make_folder(folder)) made_folder_ = folder;
      sinks_.push_back(io::open_sink(target.format, target.path, options));
    } catch (...) {
      if (!used_) discard();
      throw;
    }
  }
}

Outputs::~Outputs() {
  if (!used_) discard();
}

void Outputs::write(const io::Sample& sample, std::span<const io::Record> records) {
  used_ = true;
  const bool found = std::any_of(records.begin(), records.end(), [](const io::Record& record) {
    return !std::holds_alternative<io::SequenceStart>(record) &&
           !std::holds_alternative<io::SequenceEnd>(record);
  });
  const bool frame = std::holds_alternative<io::Frame>(sample);
  has_results_ =
      has_results_ || found || (frame ? show_frames(targets_) : rewrite_records(targets_));
  for (const auto& sink : sinks_) sink->write(sample, records);
}

void Outputs::close(bool interrupted) {
  used_ = true;
  std::exception_ptr first;  // one output that fails must not keep the others from being completed
  for (const auto& sink : sinks_) {
    try {
      if (interrupted) {
        sink->close_partial();
      } else {
        sink->close();
      }
    } catch (const io::OutputError&) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

void Outputs::discard() {
  std::error_code none;
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    // Still open and locked: what it may yet flush goes to no name.
    const std::string& path = targets_[i].path;
    if (unfinished_path(path) != path) fs::remove(unfinished_path(path), none);
  }
  sinks_.clear();
  if (!made_folder_.empty()) fs::remove(made_folder_, none);  // only while nothing is in it
}

std::string Outputs::where_unfinished() const {
  std::string names;
  bool direct = false;  // of several outputs none is
  for (const OutputTarget& target : targets_) {
    const std::string path = unfinished_path(target.path);
    direct = path == target.path;
    std::error_code missing;
    if (!direct && (fs::file_size(path, missing) == 0 || missing)) continue;
    names += (names.empty() ? "" : ", ") + (path == "-" ? "standard output" : path);
  }
  if (names.empty()) return "";
  return (direct ? "went to " : "is in ") + names;
}

std::string Outputs::not_continuable() const {
  std::string names;
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    if (!sinks_[i]->continuable()) names += (names.empty() ? "" : ", ") + targets_[i].format;
  }
  return names;
}

std::int64_t Outputs::safe_every() const {
  std::int64_t every = 1;
  for (const auto& sink : sinks_) every = std::lcm(every, sink->safe_every());
  return every;
}

bool Outputs::snapshot(std::vector<std::string>& sinks) {
  for (const auto& sink : sinks_) {
    io::Snapshot snapshot;
    snapshot(has_results_);
    if (!sink->snapshot(snapshot)) return false;
    sinks.push_back(snapshot.take());
  }
  return true;
}

void Outputs::go_on(const std::vector<std::string>& sinks) {
  if (sinks.size() != sinks_.size()) throw io::SnapshotError("the journal is of other outputs");
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    io::Snapshot snapshot(sinks[i]);
    snapshot(has_results_);
    sinks_[i]->snapshot(snapshot);
    snapshot.end();
  }
}

bool Outputs::wants_sequences() const {
  return std::any_of(
      sinks_.begin(), sinks_.end(), [](const auto& sink) { return sink->wants_sequences(); });
}

void Outputs::show(io::Values values) {
  for (const auto& sink : sinks_) {
    if (auto* shown = dynamic_cast<io::ValueOutput*>(sink.get())) shown->show(values);
  }
}

bool Outputs::wants_coding() const {
  return std::any_of(sinks_.begin(), sinks_.end(), [](const auto& sink) {
    const auto* shown = dynamic_cast<const io::ValueOutput*>(sink.get());
    return shown != nullptr && shown->wants_coding();
  });
}

void Outputs::write_coding(const io::Sample& piece, const io::Coding& coding) {
  for (const auto& sink : sinks_) {
    auto* shown = dynamic_cast<io::ValueOutput*>(sink.get());
    if (shown == nullptr || !shown->wants_coding()) continue;
    shown->write_coding(std::get<io::Sequence>(piece), coding);
    has_results_ = true;
  }
}

}  // namespace heddle::app
