#include "app/outputs.h"

#include "app/exit_codes.h"
#include "app/nearest.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
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
  const bool several = formats > 1 || request.inputs.size() > 1;
  return path.ends_with('/') || fs::is_directory(path, none) || (several && path != "-");
}

/// A path is written by one input only, is no input itself, and does not exist yet (unless -y).
class TargetCheck {
 public:
  explicit TargetCheck(const OutputRequest& request) : request_(request) {}

  void claim(const OutputTarget& target, const std::string& input) {
    if (target.path == "-") return;
    std::error_code none;
    const std::string key = fs::weakly_canonical(target.path, none).string();
    const auto [other, fresh] = claimed_.emplace(key, input);
    if (!fresh) {
      throw CommandError(kUsage,
                         other->second + " and " + input + " would both be written to " +
                             target.path + "; run them apart or rename one");
    }
    for (const std::string& any : request_.inputs) {
      if (any != "-" && fs::equivalent(target.path, any, none)) {
        throw CommandError(kOutput, target.path + " is the input itself; give another -o");
      }
    }
    if (!request_.options.overwrite && fs::is_regular_file(target.path, none)) {
      throw CommandError(kOutput, target.path + " exists; pass -y to replace it");
    }
  }

 private:
  const OutputRequest& request_;
  std::map<std::string, std::string> claimed_;  // path -> the input that writes it
};

void make_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  if (folder.empty() || path == "-") return;
  fs::create_directories(folder, error);
  if (error) {
    throw io::OutputError(path + ": cannot make the folder " + folder.string() + ": " +
                          error.message());
  }
}

}  // namespace

std::vector<std::vector<OutputTarget>> plan_outputs(const OutputRequest& request) {
  const std::vector<std::string> formats = wanted_formats(request);
  const bool folder = is_folder(request, formats.size());
  const std::string& path = request.options.path;
  if (path == "-" && (formats.size() > 1 || request.inputs.size() > 1)) {
    throw CommandError(
        kUsage, "standard output takes one format of one input; give a folder with -o FOLDER");
  }
  TargetCheck check(request);
  std::vector<std::vector<OutputTarget>> planned;
  for (const std::string& input : request.inputs) {
    planned.emplace_back();
    for (const std::string& name : formats) {
      const io::FormatInfo& format = format_named(name, request.video);
      const fs::path file = fs::path(path) / (stem_of(input) + format.extension);
      planned.back().push_back({name, folder ? file.string() : path});
      check.claim(planned.back().back(), input);
    }
  }
  return planned;
}

bool rewrite_records(std::span<const OutputTarget> targets) {
  return std::any_of(targets.begin(), targets.end(), [](const OutputTarget& target) {
    return std::any_of(
        io::formats().begin(), io::formats().end(), [&](const io::FormatInfo& format) {
          return format.name == target.format && format.rewrites_records;
        });
  });
}

Outputs::Outputs(std::span<const OutputTarget> targets, const io::SinkOptions& options) {
  for (const OutputTarget& target : targets) {
    make_folder_of(target.path);
    sinks_.push_back(io::open_sink(target.format, target.path, options));
  }
}

void Outputs::write(const io::Sample& sample, std::span<const io::Record> records) {
  for (const auto& sink : sinks_) sink->write(sample, records);
}

void Outputs::close(bool interrupted) {
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

bool Outputs::wants_sequences() const {
  return std::any_of(
      sinks_.begin(), sinks_.end(), [](const auto& sink) { return sink->wants_sequences(); });
}

}  // namespace heddle::app
