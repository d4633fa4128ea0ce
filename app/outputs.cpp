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

bool is_folder(const OutputRequest& request, std::size_t formats) {
  const std::string& path = request.options.path;
  std::error_code none;
  const bool several = formats > 1 || request.inputs.size() > 1;
  return path.ends_with('/') || fs::is_directory(path, none) || (several && path != "-");
}

[[noreturn]] void refuse_extension(const OutputRequest& request, const std::string& extension) {
  std::string message = "-o " + request.options.path + ": no output format has the extension '" +
                        extension + "'; there are";
  for (const io::FormatInfo& format : io::formats()) {
    const bool fits = format.writes && (request.video ? format.video : format.genome);
    if (fits) message += " " + format.extension;
  }
  if (is_compression(extension)) {
    message += "; outputs are not compressed: write to - and pipe through gzip or bgzip";
  }
  throw CommandError(kUsage, message + "; or say the format with -O");
}

std::vector<std::string> wanted_formats(const OutputRequest& request) {
  const std::vector<std::string>& said = request.options.formats;
  for (auto name = said.begin(); name != said.end(); ++name) {
    if (std::find(said.begin(), name, *name) != name) {
      throw CommandError(kUsage, "-O names " + *name + " twice");
    }
  }
  if (!said.empty()) return said;
  const std::string extension = fs::path(request.options.path).extension().string();
  for (const io::FormatInfo& format : io::formats()) {
    const bool fits = format.writes && (request.video ? format.video : format.genome);
    if (fits && !extension.empty() && format.extension == extension) return {format.name};
  }
  if (!extension.empty() && !is_folder(request, 1)) refuse_extension(request, extension);
  return {request.default_format};
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
      if (other->second == input) throw CommandError(kUsage, input + " is given twice");
      throw CommandError(kUsage,
                         other->second + " and " + input + " would both be written to " +
                             target.path + "; run them apart or rename one");
    }
    for (const std::string& any : request_.inputs) {
      if (any != "-" && fs::equivalent(target.path, any, none)) {
        throw CommandError(kOutput, target.path + " is the input itself; give another -o");
      }
    }
    for (const std::string& any : request_.also_read) {
      if (!any.empty() && fs::equivalent(target.path, any, none)) {
        throw CommandError(kOutput, target.path + " is read by this run; give another -o");
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

/// The folder that an output stands in must be there; only the last part of -o FOLDER is made.
void require_folder(const std::string& path, const fs::path& folder) {
  std::error_code none;
  if (folder.empty() || path == "-" || fs::is_directory(folder, none)) return;
  const char* const what = fs::exists(folder, none)
                               ? " is a file, no folder; give another -o"
                               : " does not exist; make it first, or give another -o";
  throw CommandError(kOutput, "-o " + path + ": " + folder.string() + what);
}

void require_names(const OutputRequest& request) {
  if (request.options.path.empty()) {
    throw CommandError(kUsage, "-o is empty; give a file, a folder, or - for standard output");
  }
  for (const std::string& input : request.inputs) {
    if (input.empty()) {
      throw CommandError(kUsage, "an input's name is empty; give a file, or - for standard input");
    }
  }
}

/// True when it was not there before.
bool make_folder(const fs::path& folder) {
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error)) return false;
  fs::create_directory(folder, error);
  if (!error) return true;
  throw io::OutputError("cannot make the folder " + folder.string() + ": " + error.message());
}

}  // namespace

std::vector<std::vector<OutputTarget>> plan_outputs(const OutputRequest& request) {
  require_names(request);
  const std::vector<std::string> formats = wanted_formats(request);
  const bool folder = is_folder(request, formats.size());
  const std::string& path = request.options.path;
  if (path == "-" && (formats.size() > 1 || request.inputs.size() > 1)) {
    throw CommandError(
        kUsage, "standard output takes one format of one input; give a folder with -o FOLDER");
  }
  const fs::path trimmed = path.ends_with('/') ? fs::path(path).parent_path() : fs::path(path);
  require_folder(path, folder && fs::exists(trimmed) ? trimmed : trimmed.parent_path());
  TargetCheck check(request);
  std::vector<std::vector<OutputTarget>> planned;
  for (const std::string& input : request.inputs) {
    planned.emplace_back();
    for (const std::string& name : formats) {
      const io::FormatInfo& format = format_named(name, request.video);
      const fs::path file = fs::path(path) / (stem_of(input) + format.extension);
      planned.back().push_back({name, folder ? file.string() : path});
      if (format.needs_file && planned.back().back().path == "-") {
        throw CommandError(kUsage,
                           name + " cannot be written to standard output; name a file with -o");
      }
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

Outputs::Outputs(std::span<const OutputTarget> targets, const io::SinkOptions& options)
    : targets_(targets.begin(), targets.end()) {
  for (const OutputTarget& target : targets) {
    const fs::path folder = fs::path(target.path).parent_path();
    try {
      if (target.path != "-" && make_folder(folder)) made_folder_ = folder;
      sinks_.push_back(io::open_sink(target.format, target.path, options));
    } catch (...) {
      discard();
      throw;
    }
  }
}

Outputs::~Outputs() {
  if (!used_) discard();
}

void Outputs::write(const io::Sample& sample, std::span<const io::Record> records) {
  used_ = true;
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
    if (targets_[i].path != "-") fs::remove(targets_[i].path + ".partial", none);
  }
  sinks_.clear();
  if (!made_folder_.empty()) fs::remove(made_folder_, none);  // only while nothing is in it
}

std::string Outputs::partial_names() const {
  std::string names;
  for (const OutputTarget& target : targets_) {
    if (target.path != "-") names += (names.empty() ? "" : ", ") + target.path + ".partial";
  }
  return names;
}

bool Outputs::wants_sequences() const {
  return std::any_of(
      sinks_.begin(), sinks_.end(), [](const auto& sink) { return sink->wants_sequences(); });
}

}  // namespace heddle::app
