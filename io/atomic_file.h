#pragma once
// An output that appears whole or not at all.

#include "io/error.h"
#include "io/snapshot.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::io {

/// Writes NAME.partial in NAME's folder; commit() makes it durable and gives it its name. Without
/// commit() the destructor leaves NAME.partial with what was written so far (none where that is
/// nothing), and a file that had the name before is untouched. A stale NAME.partial of an earlier
/// run is overwritten; one that another run is writing is refused.
///
/// Where the system takes no more (a full disk), NAME.partial ends behind the last record that it
/// took whole, as far as records can be told: write() is given whole records, or parts of which
/// only the last ends with a line end.
///
/// Opened to continue, NAME.partial stays as it is until snapshot() has put back how far an earlier
/// run had come: what was written before that is dropped, and the file is cut there.
///
/// "-" (standard output) and names of devices or pipes (/dev/null) are written to directly;
/// where they are non-blocking, writing waits for room all the same. Single-threaded. A closed pipe
/// is an error (ClosedPipe) only where the application ignores SIGPIPE. Every failure is an
/// OutputError naming the path and the system's reason.
class AtomicFile {
 public:
  /// Without `overwrite` a file that has the name is never replaced: neither one that exists now
  /// nor, at commit(), one that has appeared since.
  explicit AtomicFile(std::string path, bool overwrite = true, bool to_continue = false);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);  // buffered
  void flush();                        // hands the buffer to the system
  /// Flushes, syncs and renames. Nothing may be written afterwards. Where the name cannot be taken,
  /// the bytes stay as NAME.partial.
  void commit();
  /// Flushes, syncs and leaves the bytes as NAME.partial (none where that is nothing). Nothing may
  /// be written afterwards.
  void keep_partial();

  /// How far the file is and what it holds up to there, made durable first. Put back: throws an
  /// OutputError where NAME.partial is shorter or holds something else.
  void snapshot(Snapshot& snapshot);
  /// For libraries that write by name, before snapshot(): they have handed `size` bytes to the
  /// system in all.
  void note_written(std::int64_t size);
  /// What snapshot() takes up, or has put back.
  std::int64_t size() const { return size_; }
  bool to_continue() const { return to_continue_; }

  /// The final name, as given.
  const std::string& path() const { return path_; }
  /// Where the bytes go until commit(): for libraries that write by name (they may truncate and
  /// rewrite the file in place, not replace it). Use either this or write().
  const std::string& working_path() const { return working_path_; }
  bool finished() const { return descriptor_ < 0; }

 private:
  void open_partial();
  void lock_partial();
  /// The check sum of the first `end` bytes, whose first `begin` have `sum`.
  std::uint32_t sum_up_to(std::int64_t end, std::int64_t begin, std::uint32_t sum) const;
  void continue_at(std::int64_t size);
  void sync();
  std::size_t whole_records(std::size_t written) const;
  void take_back(std::size_t written, std::uint32_t sum_before);
  void take_name() const;
  void close();
  [[noreturn]] void give_up(const std::string& what, int reason);
  [[noreturn]] void fail(const std::string& what, int reason) const;

  std::string path_;
  std::string working_path_;
  bool overwrite_;
  bool direct_ = false;       // no partial file: the bytes go where the name points
  bool to_continue_ = false;  // and snapshot() has not yet said where
  int descriptor_ = -1;
  std::string buffer_;
  std::vector<std::size_t> ends_;  // of records within the buffer
  bool at_end_ = true;             // what stands before the buffer ends a record
  std::int64_t size_ = 0;          // of what was handed to the system, and its CRC-32
  std::uint32_t sum_ = 0;
};

}  // namespace heddle::io
