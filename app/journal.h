#pragma once
// What is known of a run that is under way, so that a later one can go on with it: NAME.journal-1
// and NAME.journal-2 beside the output NAME, written in turn, packed, each with a check sum.
// Whatever moment the process or the machine dies at, the one that was not being written is whole.

#include "io/snapshot.h"
#include "pipeline/item.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace heddle::app {

/// 'what' -> value, of all that must be the same for a run to be the same: options, input, model.
using RunFacts = std::map<std::string, std::string>;

struct JournalEntry {
  RunFacts facts;
  bool complete = false;  // the outputs have their names; the command has more inputs
  std::map<std::string, std::uint64_t> outputs;  // path -> the file's inode
  pipeline::Checkpoint checkpoint;
  std::int64_t failed = 0;         // samples
  std::vector<std::string> sinks;  // their snapshots, in the order of the outputs
  std::string job;                 // snapshot of what the command itself keeps

  /// Only the outputs are known: there was no safe point before they got their names.
  bool only_outputs() const { return !complete && sinks.empty(); }

  void snapshot(io::Snapshot& s) { s(facts, complete, outputs, checkpoint, failed, sinks, job); }
};

/// One thread at a time.
class Journal {
 public:
  /// Of the run whose first output is `output`. Opens nothing.
  explicit Journal(const std::string& output);

  /// The newest whole entry; nothing where there is none. A file that is torn
  /// counts for nothing. Throws CommandError (output) where a file cannot be read, and where there
  /// is none but another version's.
  std::optional<JournalEntry> read();
  /// Durable when it returns. Throws CommandError (output).
  void write(JournalEntry& entry);
  void remove();
  /// A file of the journal: for messages.
  const std::string& name() const { return names_[0]; }

 private:
  std::string names_[2];
  bool durable_[2] = {false, false};  // the files' names
  std::uint64_t turn_ = 0;            // of the newest entry
};

}  // namespace heddle::app
