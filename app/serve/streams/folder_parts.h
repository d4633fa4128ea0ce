#pragma once
// The files of a watched folder as the parts of a stream: for sequencing runs, which write files of
// reads as they go. Each file once, by its name as long as it lies there, also over a restart: of a
// file that was in work, the sequences that had become results are passed over. One that broke is
// read again, from its start, once it was changed. One that was read well and is changed afterwards
// is not: that is told.
// Threads: settled() and save() from any.

#include "app/serve/streams/new_files.h"
#include "app/serve/streams/upload_parts.h"
#include "io/snapshot.h"

#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace heddle::app::serve {

class FolderParts final : public Parts {
 public:
  FolderParts(std::string folder, OpenPath open, Halt& halt, InputNews news);

  std::unique_ptr<io::Source> next() override;
  bool go_on(const std::string& error) override;
  void begun(std::int64_t sequences) override { begun_ = sequences; }
  void settled(std::int64_t sequences) override;
  std::string save() override;
  void load(const std::string& bytes) override;

 private:
  struct File {
    std::string name;
    std::int64_t first = 0;  // the stream's sequences before it
    std::int64_t end = -1;   // and when it was read; -1: it is being read
    bool gone = false;       // from the folder: nobody need know it any more
    FileMark mark;           // as it was opened
  };
  struct Unfinished {
    std::string name;
    std::int64_t done = 0;  // sequences
    void snapshot(io::Snapshot& s) { s(name, done); }
  };
  struct Done {
    std::string name;
    FileMark mark;  // as it was opened, or as its last change was told
    void snapshot(io::Snapshot& s) { s(name, mark); }
  };
  /// A file that could not be read, or not all of it, as its error says.
  struct Unread {
    std::string name;
    FileMark mark;
    std::string why;
    void snapshot(io::Snapshot& s) { s(name, mark, why); }
  };
  std::optional<Unfinished> next_file();
  void watch();
  void note_done();
  void forget_gone();
  void note_changed(const std::string& name, const FileMark& then, const FileMark& now);
  void tell_what_stands();
  std::unique_ptr<io::Source> open_file(const Unfinished& file);

  const std::string folder_;
  const OpenPath open_;
  Halt& halt_;
  const InputNews news_;
  std::optional<NewFiles> files_;
  std::int64_t begun_ = 0;
  std::deque<Unfinished> unfinished_;  // by an earlier process
  std::mutex mutex_;
  std::vector<Done> done_;
  std::vector<Unread> broken_;   // of those done
  std::vector<Unread> changed_;  // since they were read
  std::deque<File> in_work_;
  std::int64_t settled_ = 0;
};

}  // namespace heddle::app::serve
