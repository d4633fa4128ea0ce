#pragma once
// Where a command's records go: -o and -O resolved to one sink a format, opened, written and closed
// together.
//
// One format and -o FILE: that file. Several formats, several inputs, or a path that is a folder
// (or ends in /): a folder, with one file an input and format, named STEM.EXTENSION. Standard
// output takes one text format.

#include "app/options.h"
#include "io/sink.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace heddle::app {

struct OutputTarget {
  std::string format;
  std::string path;
};

struct OutputRequest {
  const OutputOptions& options;
  std::span<const std::string> inputs;
  bool video = false;  // else genome
  std::string default_format;
  std::span<const std::string> also_read;  // files that no output may replace
};

/// The outputs of every input, in the order of the inputs, before anything runs. Throws
/// CommandError: unknown format, an extension that names none, or two outputs of one name (usage);
/// a file that exists without -y, or is read by the run, or a folder that is not there (output).
/// Makes and opens nothing.
std::vector<std::vector<OutputTarget>> plan_outputs(const OutputRequest& request);

/// Does one of them write the input's own records again?
bool rewrite_records(std::span<const OutputTarget> targets);

/// The sinks of one input.
class Outputs {
 public:
  /// Opens the sinks; the folder of several outputs is made where it is missing.
  Outputs(std::span<const OutputTarget> targets, const io::SinkOptions& options);
  /// Leaves nothing where nothing was written or closed.
  ~Outputs();
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;

  void write(const io::Sample& sample, std::span<const io::Record> records);
  /// Gives every output its final name; after an interruption they are completed but stay
  /// NAME.partial.
  void close(bool interrupted);
  /// After a failure before anything was written: leaves nothing, not even NAME.partial.
  void discard();
  /// 'a.gff3.partial, b.bed.partial': where interrupted outputs lie; empty for standard output.
  std::string partial_names() const;
  bool wants_sequences() const;

 private:
  std::vector<OutputTarget> targets_;
  std::filesystem::path made_folder_;  // by this run
  std::vector<std::unique_ptr<io::Sink>> sinks_;
  bool used_ = false;  // written to or closed
};

}  // namespace heddle::app
