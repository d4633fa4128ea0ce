#pragma once
// The folder of -o. What lies there stays as it is until the run has been opened without a fault;
// then each file of an older run stays until the new run's own takes its name:
//
//   log.jsonl.new               what a run that began anew (-y) says before its first checkpoint
//   checkpoint.safetensors.new  its first checkpoint: from then on the folder is the new run's, and
//                               whoever opens it next finishes what is left to be renamed
//
// so that a run killed at any moment is told from the one before it. Threads: one caller.

#include "app/train/folder_lock.h"
#include "app/train/train_options.h"

#include <string>

namespace heddle::app {

class RunFolder {
 public:
  /// Makes the folder where it is missing, and locks it for as long as this lives. Throws
  /// CommandError where another run is writing there, where it holds a run and neither --resume nor
  /// -y was given, where --resume has nothing to resume, and where the run would write over its own
  /// --from.
  explicit RunFolder(const TrainOptions& options);
  /// Removes what was packed and did not get its name, and a folder that it made and left empty.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  /// Where --fasta is packed to, and the name that this gets.
  std::string new_data() const { return path("data.new"); }
  std::string data() const { return path("data"); }
  /// All has been opened. Throws CommandError where the packed data cannot get their name.
  void begin();

  /// Where to write; checkpoint and log change their names in stands().
  std::string checkpoint() const;
  std::string log() const;
  std::string curve() const { return path("loss.svg"); }
  std::string weights() const { return path("weights.safetensors"); }
  /// An older run's files are still those of the folder.
  bool replaces() const { return replaces_; }
  /// checkpoint() has been written: an older run's checkpoint, log, curve and data are replaced.
  /// Its weights stay until there are new ones.
  void stands();
  /// Nothing came of a run that replaces(): the older one is as it was.
  void leave_as_it_was();

 private:
  std::string path(const char* name) const;
  void require_no_half_run() const;
  void name_data();
  void take_over();

  const std::string folder_;
  const FolderLock lock_;
  const bool resume_;
  bool replaces_ = false;
};

}  // namespace heddle::app
