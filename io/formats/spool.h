#pragma once
// Text kept back until something that must stand before it is known.

#include "io/atomic_file.h"
#include "io/formats/nameless_file.h"
#include "io/snapshot.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace heddle::io {

/// Holds at most kMemoryBytes in memory; beyond that in a nameless temporary file ($TMPDIR, else
/// /tmp), so that memory stays constant. Errors are OutputErrors. Single-threaded.
class Spool {
 public:
  static constexpr std::size_t kMemoryBytes = 1 << 20;

  void append(std::string_view text);
  std::int64_t bytes() const { return bytes_; }
  /// More than this is not for a snapshot: it would be written again and again.
  static constexpr std::int64_t kMostSnapshotBytes = 64 << 20;
  /// All that waits; it goes on waiting.
  void snapshot(Snapshot& snapshot);
  /// Writes everything to `file`, in order, and is empty afterwards.
  void drain(AtomicFile& file);
  /// The same, in chunks of any size.
  void drain(const std::function<void(std::string_view)>& take);

 private:
  void spill();
  void read_disk(const std::function<void(std::string_view)>& take);

  std::string memory_;
  std::int64_t bytes_ = 0;  // in memory and on disk
  NamelessFile disk_;
};

}  // namespace heddle::io
