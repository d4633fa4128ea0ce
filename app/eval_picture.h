#pragma once
// --svg of heddle eval: the picture beside the table. Threads: plain functions.

#include "io/report/share_chart.h"

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}
namespace heddle::io {
class AtomicFile;
}

namespace heddle::app {

struct PictureOptions {
  std::string svg;
  bool overwrite = false;
};

/// Declares --svg, with `what` it draws for help, and -y.
void add_picture_options(CLI::App& command, PictureOptions& options, const std::string& what);

/// Throws CommandError where `path`, which `option` names, is one of `read`: -y is for older
/// results, not for what is read.
void require_not_read(const std::string& path,
                      const std::vector<std::string>& read,
                      const std::string& option);

/// Opened before anything is judged; nothing is left of it where the run fails.
class Picture {
 public:
  /// Throws CommandError where the picture would replace one of `read`, OutputError where a file
  /// has its name, unless `overwrite`.
  Picture(const PictureOptions& options, const std::vector<std::string>& read);
  ~Picture();
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  bool wanted() const { return file_ != nullptr; }
  /// Once, where it is wanted.
  void commit(const std::string& svg);

 private:
  std::unique_ptr<io::AtomicFile> file_;
};

}  // namespace heddle::app
