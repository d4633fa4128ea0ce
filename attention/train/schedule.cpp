#include "attention/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

namespace heddle::attention::train {

double learning_rate(const Schedule& schedule, std::int64_t step) {
  if (!(schedule.peak >= 0) || !(schedule.final_share >= 0) || schedule.steps < 1 ||
      schedule.warm_up < 0 || schedule.warm_up > schedule.steps) {
    throw std::invalid_argument("learning rate: peak " + std::to_string(schedule.peak) +
                                ", final share " + std::to_string(schedule.final_share) +
                                ", warm-up of " + std::to_string(schedule.warm_up) + " of " +
                                std::to_string(schedule.steps) +
                                " steps; none may be below 0, nor the warm-up longer than the run");
  }
  if (step < schedule.warm_up) {
    return schedule.peak * static_cast<double>(step + 1) / static_cast<double>(schedule.warm_up);
  }
  const auto falling =
      static_cast<double>(std::max<std::int64_t>(1, schedule.steps - 1 - schedule.warm_up));
  const double done = std::clamp(static_cast<double>(step - schedule.warm_up) / falling, 0.0, 1.0);
  const double share = 0.5 * (1 + std::cos(std::numbers::pi * done));
  return schedule.peak * (schedule.final_share + (1 - schedule.final_share) * share);
}

}  // namespace heddle::attention::train
