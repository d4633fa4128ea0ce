#pragma once
// What the sinks for pairs have in common: they write a line a pair and leave other records out.
// Failures and interruption are # comments where the format has them.

#include "io/atomic_file.h"
#include "io/sink.h"

#include <cstdint>
#include <string>

namespace heddle::io {

class PairSink : public Sink {
 public:
  void write(const Sample& sample, std::span<const Record> records) final;
  void close() final;
  void close_partial() final;
  bool continuable() const final { return true; }
  bool snapshot(Snapshot& snapshot) final;

 protected:
  PairSink(const std::string& path, const SinkOptions& options, bool comments);
  /// One line without its end.
  virtual std::string line(const Pair& pair) const = 0;
  AtomicFile& file() { return file_; }

 private:
  void comment(const std::string& text);

  AtomicFile file_;
  const bool comments_;
  std::int64_t failures_ = 0;
};

/// "name\tstart\tend" where tabs and line ends of a name cannot break a line.
std::string pair_place(const Pair::End& end);

}  // namespace heddle::io
