#pragma once
// Where records go. Single-threaded by contract: the graph calls a sink from one serial node.
// A file appears under its final name only by close(): whole or not at all. A sink destroyed
// without close() leaves what it was given as NAME.partial, ended as by close_partial() where that
// works (nothing where it was given nothing), and never touches an older file of the final name.

#include "io/attribute.h"
#include "io/error.h"
#include "io/record.h"
#include "io/sample.h"
#include "io/snapshot.h"
#include "io/source.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace heddle::io {

class Sink {
 public:
  virtual ~Sink() = default;
  /// The records of one sample, in order.
  virtual void write(const Sample& sample, std::span<const Record> records) = 0;
  /// Completes the output and gives it its final name. Throws OutputError.
  virtual void close() = 0;
  /// After an interruption or damage in the input: completes what was written so that it can be
  /// read (trailers, status lines that say it is not whole), and leaves it named NAME.partial.
  /// Throws OutputError.
  virtual void close_partial() = 0;
  virtual bool wants_sequences() const { return false; }
  /// Whether a later run can go on where this one was left.
  virtual bool continuable() const { return false; }
  /// snapshot() can succeed only when a multiple of so many samples was written.
  virtual std::int64_t safe_every() const { return 1; }
  /// Takes up what a later run needs to go on behind what was written so far, which it makes
  /// durable; false where too much waits for its place in the file (then the snapshot is void).
  /// Of a sink opened with SinkOptions::to_continue: puts it back, once, before the first write().
  /// Throws OutputError.
  virtual bool snapshot(Snapshot& /*snapshot*/) { return false; }
};

struct SinkOptions {
  SourceInfo input;          // size and rate for video outputs
  bool overwrite = true;     // false: a file that has the name is an OutputError, at close() too
  bool to_continue = false;  // NAME.partial of an earlier run goes on; see Sink::snapshot()
  int genetic_code = 11;
  std::string reference;              // FASTA, for CRAM outputs
  std::string program;                // "heddle 0.1.0" for headers
  std::vector<Attribute> attributes;  // of the run's features: the columns of tables, in order
  std::string title;                  // of reports: "Repeats of chr20.fa"
  std::vector<std::pair<std::string, std::string>>
      run;  // what reports say of it: program, task ...
};

/// `format` is a name of the list in open.cpp: mot, jsonl, mp4, bam, gff3 ... path "-" is
/// standard output (not mp4).
std::unique_ptr<Sink> open_sink(const std::string& format,
                                const std::string& path,
                                const SinkOptions& options);

struct FormatInfo {
  std::string name;         // "gff3"
  std::string description;  // "genes, GFF3 1.26"
  std::string extension;    // ".gff3"
  bool reads = false, writes = false, video = false, genome = false;
  bool rewrites_records = false;  // its sink needs SourceOptions::keep_records
  bool shows_frames = false;      // also those in which nothing was found
  bool needs_file = false;        // cannot be written to standard output
  std::vector<std::string> also;  // other extensions of what is read or written
  bool available = true;
  std::string why_not;
};
/// THE LIST, ordered as sniffed.
std::span<const FormatInfo> formats();

/// The row that a file's content is recognised as, by its first bytes. Null where that cannot be
/// told without losing them (pipes, "-") or at all: open_source() then says why.
const FormatInfo* sniff_file(const std::string& path);

}  // namespace heddle::io
