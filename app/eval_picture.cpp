#include "app/eval_picture.h"

#include "app/command.h"
#include "app/exit_codes.h"
#include "io/atomic_file.h"

#include <CLI/CLI.hpp>

#include <filesystem>

namespace heddle::app {

void add_picture_options(CLI::App& command, PictureOptions& options, const std::string& what) {
  command.add_option("--svg", options.svg, "also draw " + what)->type_name("FILE");
  command.add_flag("-y,--overwrite", options.overwrite, "replace a picture that exists");
}

void require_not_read(const std::string& path,
                      const std::vector<std::string>& read,
                      const std::string& option) {
  for (const std::string& one : read) {
    std::error_code none;
    if (!std::filesystem::equivalent(path, one, none)) continue;
    throw CommandError(kOutput, path + " is read by this run; give another " + option);
  }
}

Picture::Picture(const PictureOptions& options, const std::vector<std::string>& read) {
  if (options.svg.empty()) return;
  require_not_read(options.svg, read, "--svg");
  file_ = std::make_unique<io::AtomicFile>(options.svg, options.overwrite);
}

Picture::~Picture() = default;

void Picture::commit(const std::string& svg) {
  file_->write(svg);
  file_->commit();
}

}  // namespace heddle::app
