#include "app/outputs.h"

#include "app/exit_codes.h"
#include "app/nearest.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

bool is_compression(const std::string& extension) {
  return extension == ".gz" || extension == ".bgz" || extension == ".bgzf";
}

/// 'reads.fq.gz' -> 'reads'; standard input -> 'stdin'.
std::string stem_of(const std::string& input) {
  if (input == "-") return "stdin";
  fs::path name = fs::path(input).filename();
  if (is_compression(name.extension().string())) name = name.stem();
  return name.stem().string();
}

std::vector<std::string> format_names(bool video) {
  std::vector<std::string> names;
  for (const io::FormatInfo& format : io::formats()) {
    if (format.writes && (video ? format.video : format.genome)) names.push_back(format.name);
  }
  return names;
}

const io::FormatInfo& format_named(const std::string& name, bool video) {
  for (const io::FormatInfo& format : io::formats()) {
    if (format.name == name && format.writes && (video ? format.video : format.genome))
      return format;
  }
  const std::vector<std::string> names = format_names(video);
  std::string message = "'" + name + "' is not an output format of this command; there are";
  for (const std::string& known : names) message += " " + known;
  const std::string meant = nearest(name, names);
  if (!meant.empty()) message += "; did you mean " + meant + "?";
  throw CommandError(kUsage, message);
}

std::vector<std::string> wanted_formats(const OutputRequest& request) {
  if (!request.options.formats.empty()) return request.options.formats;
  const std::string extension = fs::path(request.options.path).extension().string();
  for (const io::FormatInfo& format : io::formats()) {
    const bool fits = format.writes && (request.video ? format.video : format.genome);
    if (fits && !extension.empty() && format.extension == extension) return {format.name};
  }
  return {request.default_format};
}

bool is_folder(const OutputRequest& request, std::size_t formats) {
  const std::string& path = request.options.path;
  std::error_code none;
  return path.ends_with('/') || fs::is_directory(path, none) ||
         ((formats > 1 || request.several_inputs) && path != "-");
}

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw io::OutputError("cannot make the folder " + path + ": " + error.message());
}

void check_target(const OutputTarget& target, const OutputRequest& request) {
  std::error_code none;
  if (!request.options.overwrite && fs::is_regular_file(target.path, none)) {
    throw CommandError(kOutput, target.path + " exists; pass -y to replace it");
  }
  if (target.path != "-" && request.input != "-" &&
      fs::equivalent(target.path, request.input, none)) {
    throw CommandError(kOutput, target.path + " is the input itself; give another -o");
  }
}

}  // namespace

std::vector<OutputTarget> plan_outputs(const OutputRequest& request) {
  const std::vector<std::string> formats = wanted_formats(request);
  const bool folder = is_folder(request, formats.size());
  const std::string& path = request.options.path;
  if (path == "-" && (formats.size() > 1 || request.several_inputs)) {
    throw CommandError(
        kUsage, "standard output takes one format of one input; give a folder with -o FOLDER");
  }
  std::vector<OutputTarget> targets;
  for (const std::string& name : formats) {
    const io::FormatInfo& format = format_named(name, request.video);
    OutputTarget target{
        name,
        folder ? (fs::path(path) / (stem_of(request.input) + format.extension)).string() : path};
    if (folder) make_folder(path);
    check_target(target, request);
    const auto same = [&](const OutputTarget& other) { return other.path == target.path; };
    if (std::any_of(targets.begin(), targets.end(), same)) {
      throw CommandError(kUsage,
                         "two outputs would be called " + target.path + "; name each format once");
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

Outputs::Outputs(std::vector<OutputTarget> targets, const io::SinkOptions& options)
    : targets_(std::move(targets)) {
  for (const OutputTarget& target : targets_)
    sinks_.push_back(io::open_sink(target.format, target.path, options));
}

void Outputs::write(const io::Sample& sample, std::span<const io::Record> records) {
  for (const auto& sink : sinks_) sink->write(sample, records);
}

void Outputs::close(bool interrupted) {
  for (const auto& sink : sinks_) {
    if (interrupted) {
      sink->close_partial();
    } else {
      sink->close();
    }
  }
}

bool Outputs::wants_pixels() const {
  return std::any_of(
      sinks_.begin(), sinks_.end(), [](const auto& sink) { return sink->wants_pixels(); });
}

bool Outputs::wants_sequences() const {
  return std::any_of(
      sinks_.begin(), sinks_.end(), [](const auto& sink) { return sink->wants_sequences(); });
}

}  // namespace heddle::app
