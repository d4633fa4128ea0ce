#include "app/output_plan.h"

#include "app/exit_codes.h"
#include "app/output_format.h"
#include "io/address.h"
#include "io/formats/ffmpeg_address.h"
#include "io/formats/pictures.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

/// 'http://host/a/clip.mp4?key=1' -> 'clip'; 'rtsp://user:word@host/' -> 'host'; 'device:0' ->
/// 'device0'.
std::string stem_of_address(std::string uri) {
  uri.erase(std::remove(uri.begin(), uri.end(), ':'), uri.end());
  uri = uri.substr(0, uri.find_first_of("?#"));
  while (uri.ends_with('/')) uri.pop_back();
  const std::string last = uri.substr(uri.find_last_of("/@") + 1);
  const std::string stem = fs::path(last).stem().string();
  return stem.empty() ? "stream" : stem;
}

/// 'reads.fq.gz' -> 'reads'; 'frames/img%06d.jpg' -> 'img', or the folder's name where that leaves
/// nothing; standard input -> 'stdin'.
std::string stem_of(const std::string& input) {
  if (input == "-") return "stdin";
  if (io::names_address(input)) return stem_of_address(input);
  const fs::path path(input.ends_with('/') ? input.substr(0, input.size() - 1) : input);
  fs::path name = io::without_number(path.filename().string());
  const std::string extension = name.extension().string();
  if (extension == ".gz" || extension == ".bgz" || extension == ".bgzf") name = name.stem();
  std::error_code none;
  const std::string stem = fs::is_directory(path, none) ? name.string() : name.stem().string();
  if (name == path.filename() || stem.find_first_not_of("._-") != stem.npos) {
    return stem;
  }
  const std::string folder = fs::absolute(path, none).parent_path().filename().string();
  return folder.empty() ? "pictures" : folder;
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
                         io::without_password(other->second) + " and " +
                             io::without_password(input) + " would both be written to " +
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
    const bool journal_decides = request_.options.resume;
    if (!request_.options.overwrite && !journal_decides && fs::is_regular_file(target.path, none)) {
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

/// Whether the outputs lie in a folder. A name that can only be a file's is none by a slip.
bool is_folder(const OutputRequest& request) {
  const std::string& path = request.options.path;
  std::error_code none;
  if (path.ends_with('/') || fs::is_directory(path, none)) return true;
  const std::size_t inputs = request.inputs.size();
  const std::size_t formats = request.options.formats.size();
  if (path == "-" || (inputs < 2 && formats < 2)) return false;
  if (names_a_file(path)) {
    throw CommandError(kUsage,
                       "-o " + path + " names a file, but " +
                           (inputs > 1 ? std::to_string(inputs) + " inputs"
                                       : std::to_string(formats) + " formats") +
                           " need a folder: -o FOLDER/");
  }
  return true;
}

}  // namespace

std::vector<std::vector<OutputTarget>> plan_outputs(const OutputRequest& request) {
  require_names(request);
  const std::string& path = request.options.path;
  const bool folder = is_folder(request);
  const std::vector<std::string> formats = wanted_formats(request.options, request.job, folder);
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
      const io::FormatInfo& format = *written_format(name);
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
    return written_format(target.format)->rewrites_records;
  });
}

bool show_frames(std::span<const OutputTarget> targets) {
  return std::any_of(targets.begin(), targets.end(), [](const OutputTarget& target) {
    return written_format(target.format)->shows_frames;
  });
}

bool any_in(std::span<const OutputTarget> targets, std::string_view format) {
  return std::any_of(targets.begin(), targets.end(), [&](const OutputTarget& target) {
    return target.format == format;
  });
}

}  // namespace heddle::app
