#pragma once
// The files that come into a folder, each once, as soon as they are whole: closed after writing or
// moved in (inotify). Those there at the start come first, the oldest first; one that was changed
// in the last seconds may still be written and has to be quiet for a while. Hidden files and other
// kinds are passed over. Threads: one.

#include "app/serve/streams/halt.h"

#include <deque>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace heddle::app::serve {

/// FASTA, FASTQ and BAM by their names' ends, also .gz.
bool is_sequence_file(const std::string& name);

class NewFiles {
 public:
  /// Throws io::InputError where the folder cannot be watched.
  explicit NewFiles(const std::string& folder);
  ~NewFiles();
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;

  /// Not to be given (again). Before the first next().
  void leave_out(const std::string& name) { seen_.insert(name); }
  /// The name of the next one, in the folder; nothing once halted. Throws io::InputError where the
  /// folder goes away.
  std::optional<std::string> next(Halt& halt);
  /// Names that were given or left out, and whose files have gone from the folder since: forgotten.
  /// What comes under such a name is a new file.
  std::vector<std::string> take_gone() { return std::exchange(gone_, {}); }

 private:
  using Path = std::filesystem::path;
  void scan();
  void take(const std::string& name);
  void forget(const std::string& name);
  void take_quiet();
  void read_events();

  const Path folder_;
  int events_ = -1;
  bool scanned_ = false;
  std::set<std::string, std::less<>> seen_;  // given, waiting, or not to be given
  std::deque<std::string> waiting_;
  std::vector<std::string> young_;  // may still be written
  std::vector<std::string> gone_;
};

}  // namespace heddle::app::serve
