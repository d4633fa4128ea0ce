#pragma once
// What the sinks for features of sequences have in common: names, sequences begun and ended,
// failures counted, a file that appears whole.

#include "io/atomic_file.h"
#include "io/sink.h"

#include <cstdint>
#include <map>
#include <string>

namespace heddle::io {

/// Features are called by their ID attribute, else SEQUENCE_n, n counted from 1 over the features
/// of their sequence: the same in every format. Sequences may interleave. Track records and
/// features without parts are programming errors (std::logic_error).
class FeatureSink : public Sink {
 public:
  void write(const Sample& sample, std::span<const Record> records) final;
  void close() final;
  void close_partial() final;
  bool continuable() const override { return true; }
  bool snapshot(Snapshot& snapshot) final;

 protected:
  FeatureSink(const std::string& path, const SinkOptions& options);

  virtual void begin(const std::string& sequence, std::int64_t length) = 0;  // -1: not known yet
  virtual void feature(const Interval& feature, const std::string& id) = 0;
  virtual void end(const std::string& sequence, std::int64_t length) = 0;
  /// A piece of a sequence, before the records that came with it: for its bases.
  virtual void see(const Sequence& /*piece*/) {}
  /// Right after begin(), where the sequence is a circle.
  virtual void circular(const std::string& /*sequence*/) {}
  virtual void failed(const Failure& failure) = 0;
  /// The file's last lines. Sequences that never ended (their end failed, or the run was
  /// interrupted: then not `whole`) were told so by end() with length -1.
  virtual void finish(bool /*whole*/) {}
  /// What a format keeps between features, as Sink::snapshot().
  virtual bool kept(Snapshot& /*snapshot*/) { return true; }
  /// For formats with # comments: the lines that tell of failures and interruption.
  void comment_failure(const Failure& failure);
  void comment_end(bool whole);

  AtomicFile& file() { return file_; }
  const SinkOptions& options() const { return options_; }

 private:
  void end_all();
  void take(const Interval& feature);
  void take(const Pair&) {}  // for formats of pairs
  void take(const SequenceStart& start);
  void take(const SequenceEnd& end);
  void take(const Failure& failure);
  void take(const Track& track);
  std::int64_t& open(const std::string& sequence, std::int64_t length);

  SinkOptions options_;
  AtomicFile file_;
  std::map<std::string, std::int64_t> open_;  // sequences begun -> their features so far
  std::int64_t failures_ = 0;
};

}  // namespace heddle::io
