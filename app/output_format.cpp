#include "app/output_format.h"

#include "app/exit_codes.h"
#include "app/joined.h"
#include "app/nearest.h"

#include <algorithm>
#include <filesystem>

namespace heddle::app {
namespace {

namespace fs = std::filesystem;

bool has_extension(const io::FormatInfo& format, const std::string& extension) {
  return !extension.empty() &&
         (format.extension == extension ||
          std::find(format.also.begin(), format.also.end(), extension) != format.also.end());
}

/// Of a video, in a container that we read and do not write.
bool is_other_container(const std::string& extension) {
  return std::any_of(io::formats().begin(), io::formats().end(), [&](const io::FormatInfo& format) {
    return format.video && !format.writes && format.extension != extension &&
           has_extension(format, extension);
  });
}

bool is_compression(const std::string& extension) {
  return extension == ".gz" || extension == ".bgz" || extension == ".bgzf";
}

bool command_writes(const std::string& command, const std::string& format) {
  return std::any_of(jobs().begin(), jobs().end(), [&](const Job& job) {
    return job.command == command && job.writes(format);
  });
}

/// '--task motifs and --task genes'; 'heddle genome' from within another command.
std::string writers_of(const std::string& format, const std::string& command) {
  std::vector<std::string> writers;
  for (const Job& job : jobs()) {
    if (!job.writes(format)) continue;
    const bool near = job.command == command || !command_writes(command, format);
    const std::string name = job.command == command ? job.label() : "heddle " + job.command;
    if (near && std::find(writers.begin(), writers.end(), name) == writers.end()) {
      writers.push_back(name);
    }
  }
  return joined(writers, " and ");
}

[[noreturn]] void refuse(const std::string& format, const std::string& where, const Job& job) {
  const std::string choice = "; it writes " + joined(job.formats, ", ");
  if (written_format(format) != nullptr) {
    throw CommandError(kUsage,
                       where + job.label() + " does not write " + format + ", which is of " +
                           writers_of(format, job.command) + choice);
  }
  const std::string meant = nearest(format, job.formats);
  throw CommandError(kUsage,
                     where + "'" + format + "' is no output format of " + job.label() + choice +
                         (meant.empty() ? "" : "; did you mean " + meant + "?"));
}

[[noreturn]] void refuse_extension(const std::string& path,
                                   const std::string& extension,
                                   const Job& job) {
  std::string message = "-o " + path + ": no output format has the extension '" + extension +
                        "'; " + job.label() + " writes";
  for (const std::string& name : job.formats) message += " " + written_format(name)->extension;
  if (is_compression(extension)) {
    message += "; outputs are not compressed: write to - and pipe through gzip or bgzip";
  }
  if (!is_other_container(extension)) message += "; or say the format with -O";
  throw CommandError(kUsage, message);
}

/// The format that a file's extension names: one of the job's where several do. Null: none.
const io::FormatInfo* named_by(const std::string& extension, const Job& job) {
  const io::FormatInfo* found = nullptr;
  for (const io::FormatInfo& format : io::formats()) {
    if (!format.writes || !has_extension(format, extension)) continue;
    if (found == nullptr || job.writes(format.name)) found = &format;
  }
  return found;
}

/// -O decides, unless the name of the file says that another format is meant.
void require_agreement(const std::string& path, const std::string& said, const Job& job) {
  const fs::path file(path);
  const std::string extension = file.extension().string();
  const std::string& right = written_format(said)->extension;
  const io::FormatInfo* other = named_by(extension, job);
  if (other != nullptr && other->name == said) return;
  const bool of_this_command = other != nullptr && command_writes(job.command, other->name);
  const bool container = job.command == "video" && is_other_container(extension);
  if (extension == right || (!of_this_command && !container)) return;
  throw CommandError(kUsage,
                     "-O " + said + " and -o " + path + " disagree: name it " +
                         fs::path(file).replace_extension(right).string() +
                         (of_this_command ? ", or leave out -O for " + other->name : ""));
}

}  // namespace

const io::FormatInfo* written_format(std::string_view name) {
  const auto found =
      std::find_if(io::formats().begin(), io::formats().end(), [&](const io::FormatInfo& format) {
        return format.writes && format.name == name;
      });
  return found == io::formats().end() ? nullptr : &*found;
}

bool names_a_file(const std::string& path) {
  if (path.ends_with('/')) return false;
  const std::string extension = fs::path(path).extension().string();
  if (is_compression(extension) || is_other_container(extension)) return true;
  return std::any_of(io::formats().begin(), io::formats().end(), [&](const io::FormatInfo& format) {
    return format.writes && has_extension(format, extension);
  });
}

std::vector<std::string> wanted_formats(const OutputOptions& options, const Job& job, bool folder) {
  const std::vector<std::string>& said = options.formats;
  for (auto name = said.begin(); name != said.end(); ++name) {
    if (!job.writes(*name)) refuse(*name, "", job);
    if (std::find(said.begin(), name, *name) != name) {
      throw CommandError(kUsage, "-O names " + *name + " twice");
    }
  }
  if (!said.empty()) {
    if (said.size() == 1 && !folder) require_agreement(options.path, said.front(), job);
    return said;
  }
  const std::string extension = fs::path(options.path).extension().string();
  if (folder || extension.empty()) return {job.formats.front()};
  const io::FormatInfo* format = named_by(extension, job);
  if (format == nullptr) refuse_extension(options.path, extension, job);
  if (!job.writes(format->name)) refuse(format->name, "-o " + options.path + ": ", job);
  return {format->name};
}

}  // namespace heddle::app
