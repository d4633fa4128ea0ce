#pragma once
// What a run said, a JSON object a line: steps and validations. Whoever resumes a run goes on with
// its log where its checkpoint was. loss.svg is drawn from the same numbers.
//
//   {"step":12,"loss":0.41,"losses":{"frames+":0.2,..},"right":{"frames+":0.93,..},"norm":0.8,
//    "rate":3e-05,"skipped":false,"seconds":1.9}
//   {"step":100,"validation":0.37,"losses":{..},"right":{..}}

#include "attention/train/trainer.h"

#include <string>
#include <utility>
#include <vector>

namespace heddle::app {

class TrainingLog {
 public:
  /// The file is begun anew, or, with `until` 0 or more, kept up to that step. Throws OutputError,
  /// as the rest does.
  TrainingLog(std::string path, std::vector<std::string> losses, std::int64_t until);

  /// The file has another name now.
  void moved_to(std::string path) { path_ = std::move(path); }
  void step(const attention::train::StepReport& report, double seconds);
  void validation(std::int64_t step, const attention::train::SampleLoss& loss);

  /// The step of the last validation; -1: there is none.
  std::int64_t last_validation() const {
    return validation_.empty() ? -1 : validation_.back().step;
  }
  /// Loss by step; of many steps, means of neighbours. Empty before the first step.
  std::string curve_svg() const;

 private:
  struct Point {
    std::int64_t step = 0;
    double loss = 0;
  };

  void keep(std::int64_t until);
  void append(const std::string& line);

  std::string path_;
  std::vector<std::string> losses_;
  std::vector<Point> training_, validation_;
};

}  // namespace heddle::app
