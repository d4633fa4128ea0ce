#pragma once
// The outputs of one input: one sink a format, opened, written and closed together.

#include "app/output_plan.h"
#include "io/sink.h"
#include "io/value_output.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace heddle::app {

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
  /// Whether anything was written that a person would miss: frames where an output shows them,
  /// values along a sequence, reads written again, records beyond the names of sequences.
  bool has_results() const { return has_results_; }
  /// Gives every output its final name; after an interruption they are completed but stay
  /// NAME.partial, those that hold nothing left out.
  void close(bool interrupted);
  /// After a failure before anything of use was written: leaves nothing, not even NAME.partial.
  void discard();
  /// Where the records are of a run that did not come to its end: 'is in a.gff3.partial,
  /// b.bed.partial', 'went to standard output', 'went to /dev/null'. Only files that hold something
  /// by now; empty: none does.
  std::string where_unfinished() const;
  /// The name of the first.
  const std::string& first() const { return targets_.front().path; }
  bool wants_sequences() const;
  /// Of those that can: what they show, before anything is written.
  void show(io::Values values);
  bool wants_coding() const;
  /// What a model said of a piece, before that is written.
  void write_coding(const io::Sample& piece, const io::Coding& coding);
  /// The formats of those that cannot go on later, see io::Sink::snapshot(): 'html, cram'.
  std::string not_continuable() const;
  /// Behind a multiple of so many samples they can.
  std::int64_t safe_every() const;
  /// One a sink; false where one cannot now.
  bool snapshot(std::vector<std::string>& sinks);
  void go_on(const std::vector<std::string>& sinks);

 private:
  std::vector<OutputTarget> targets_;
  std::filesystem::path made_folder_;  // by this run
  std::vector<std::unique_ptr<io::Sink>> sinks_;
  bool used_ = false;         // written to, closed, or an earlier run's
  bool has_results_ = false;  // see has_results()
};

}  // namespace heddle::app
