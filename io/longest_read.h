#pragma once
// How long a read of FASTQ, SAM, BAM or CRAM may be. It is held whole, so that a small packed file
// could take all memory of who opens what strangers send.
// Threads: a limit is for what its own thread opens while it lives.

#include <cstdint>

namespace heddle::io {

class LongestRead {
 public:
  /// Sources that are opened from here on refuse a longer one (InputError), before its qualities
  /// are read, or behind its record, which has at most eight bytes a base.
  explicit LongestRead(std::int64_t bases) : before_(now_) { now_ = bases; }
  ~LongestRead() { now_ = before_; }
  LongestRead(const LongestRead&) = delete;
  LongestRead& operator=(const LongestRead&) = delete;

  /// In bases; without a limit of this thread's own, 2^28.
  static std::int64_t now() { return now_; }

 private:
  static inline thread_local std::int64_t now_ = std::int64_t{1} << 28;
  const std::int64_t before_;
};

}  // namespace heddle::io
