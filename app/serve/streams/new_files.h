#pragma once
// The files that come into a folder, each once, as soon as they are whole: closed after writing or
// moved in (inotify). Those there at the start come first, the oldest first; one that was changed
// in the last seconds may still be written and has to be quiet for a while. One that was given and
// refused is given again once it was changed, also where no event tells of that (another machine
// wrote it; its time alone was set): then once it is quiet. One that was read and is changed is
// told and not given again. Symbolic links are passed over, for what they lead to may lie anywhere,
// and so are folders and files of other endings: each is told once. Of hidden files, of those with
// a name for while they are written (.tmp, .part), and of indices nothing is told. Threads: one.

#include "app/serve/streams/halt.h"
#include "io/snapshot.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace heddle::app::serve {

/// FASTA, FASTQ, SAM, BAM, CRAM and GenBank by their names' ends, also .gz.
bool is_sequence_file(const std::string& name);
/// Not yet what it is to be, or an index beside it: nothing to tell of.
bool is_passing_file(const std::string& name);

/// By what it is seen that a file was changed.
struct FileMark {
  std::int64_t size = -1;
  std::int64_t changed = 0;  // nanoseconds
  std::uint64_t node = 0;
  bool operator==(const FileMark&) const = default;
  void snapshot(io::Snapshot& s) { s(size, changed, node); }
};
/// Of a path; size -1 where nothing is there.
FileMark mark_of(const std::filesystem::path& path);

/// What is told of a folder's files. Called from next().
struct FolderNews {
  using Name = const std::string&;
  /// One is passed over, as it is said.
  std::function<void(Name, const std::string& why)> skipped = [](Name, const std::string&) {};
  /// One was changed after its reading had begun; with the marks of then and now.
  std::function<void(Name, const FileMark& then, const FileMark& now)> changed =
      [](Name, const FileMark&, const FileMark&) {};
  /// take_gone() has names.
  std::function<void()> gone = [] {};
};

class NewFiles {
 public:
  /// Throws io::InputError where the folder cannot be watched.
  explicit NewFiles(const std::string& folder, FolderNews news = {});
  ~NewFiles();
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;

  /// Not to be given (again). Before the first next().
  void leave_out(const std::string& name) { seen_.insert(name); }
  /// The reading of one that was given, or left out, began with this mark: a change is told.
  void reads(const std::string& name, const FileMark& mark) { read_[name] = mark; }
  /// One that was given, or left out, could not be read as it was: it is given again once it has
  /// another mark.
  void refused(const std::string& name, const FileMark& mark) {
    refused_[name] = mark;
    read_.erase(name);
  }
  /// The name of the next one, in the folder; nothing once halted. `waits` is called first where
  /// none is there. Throws io::InputError where the folder goes away.
  std::optional<std::string> next(
      Halt& halt, const std::function<void()>& waits = [] {});
  /// Names that were given or left out, and whose files have gone from the folder since: forgotten.
  /// What comes under such a name is a new file.
  std::vector<std::string> take_gone() { return std::exchange(gone_, {}); }

 private:
  using Path = std::filesystem::path;
  void scan();
  bool is_link(const std::string& name);
  bool is_other(const std::string& name);
  void pass_folder(const std::string& name);
  void look_at_read(const std::string& name);
  void look_at_refused(const std::string& name);
  void tell_gone();
  bool give(std::optional<std::string>& name);
  void take(const std::string& name);
  void forget(const std::string& name);
  void take_quiet();
  void take_mended();
  void read_events();

  const Path folder_;
  const FolderNews news_;
  int events_ = -1;
  bool scanned_ = false;
  std::set<std::string, std::less<>> seen_;  // given, waiting, or not to be given
  std::deque<std::string> waiting_;
  std::vector<std::string> young_;  // may still be written
  std::vector<std::string> gone_;
  std::map<std::string, FileMark, std::less<>> refused_;
  std::map<std::string, FileMark, std::less<>> read_;  // or being read
  std::set<std::string, std::less<>> told_;            // that are passed over
  std::chrono::steady_clock::time_point looked_{};     // last, at those that were refused
};

}  // namespace heddle::app::serve
