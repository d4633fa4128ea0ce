#pragma once
// The learning rate by step: a straight rise, then half a cosine down to a share of the peak
// (Loshchilov and Hutter 2017, arXiv 1608.03983, one period without restarts). Threads: a value.

#include <cstdint>

namespace heddle::attention::train {

struct Schedule {
  double peak = 3e-4;
  std::int64_t warm_up = 0;   // steps of the rise
  std::int64_t steps = 1000;  // of the whole run
  double final_share = 0.1;   // of the peak, at the last step
};

/// Of step 0, 1, ..; from `steps` on the last one's. Throws std::invalid_argument when the schedule
/// is none: a peak or share below 0, no step, a rise longer than the run.
double learning_rate(const Schedule& schedule, std::int64_t step);

}  // namespace heddle::attention::train
