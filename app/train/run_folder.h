#pragma once
// The folder of -o. What lies there stays as it is until the run has been opened without a fault:
// only begin() removes an old run, and gives packed data their name.

#include "app/train/train_options.h"

#include <string>

namespace heddle::app {

inline constexpr char kCheckpointFile[] = "checkpoint.safetensors";
inline constexpr char kWeightsFile[] = "weights.safetensors";
inline constexpr char kLogFile[] = "log.jsonl";
inline constexpr char kCurveFile[] = "loss.svg";

class RunFolder {
 public:
  /// Makes the folder. Throws CommandError where it holds a run and neither --resume nor -y was
  /// given, where --resume has nothing to resume, and where the run would write over its own
  /// --from.
  explicit RunFolder(const TrainOptions& options);
  /// Without begin(): removes what it made.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  /// Where --fasta is packed to before begin(), and after.
  std::string new_data() const { return path("data.new"); }
  std::string data() const { return path("data"); }
  void begin();

 private:
  std::string path(const char* name) const;

  const std::string folder_;
  const bool resume_;
  bool made_ = false;  // by us
  bool begun_ = false;
};

}  // namespace heddle::app
