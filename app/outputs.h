#pragma once
// Where a command's records go: -o and -O resolved to one sink a format, opened, written and closed
// together.
//
// One format and -o FILE: that file. Several formats, several inputs, or a path that is a folder
// (or ends in /): a folder, with one file an input and format, named STEM.EXTENSION. Standard
// output takes one text format.

#include "app/options.h"
#include "io/sink.h"

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
  std::string input;  // the input these outputs belong to
  bool several_inputs = false;
  bool video = false;  // else genome
  std::string default_format;
};

/// Resolves and checks: unknown format (usage), existing file without -y (output), folder that
/// cannot be made (output). Creates the folder; opens nothing yet.
std::vector<OutputTarget> plan_outputs(const OutputRequest& request);

/// The sinks of one input.
class Outputs {
 public:
  Outputs(std::vector<OutputTarget> targets, const io::SinkOptions& options);

  void write(const io::Sample& sample, std::span<const io::Record> records);
  /// Gives every output its final name; after an interruption they are completed but stay
  /// NAME.partial.
  void close(bool interrupted);
  bool wants_pixels() const;
  bool wants_sequences() const;
  const std::vector<OutputTarget>& targets() const { return targets_; }

 private:
  std::vector<OutputTarget> targets_;
  std::vector<std::unique_ptr<io::Sink>> sinks_;
};

}  // namespace heddle::app
