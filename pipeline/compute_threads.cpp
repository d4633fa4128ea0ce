#include "pipeline/compute_threads.h"

#include <omp.h>
#include <sched.h>
#include <tbb/global_control.h>
#include <tbb/task_scheduler_observer.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace heddle::pipeline {
namespace {

int affinity_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set);
}

/// The quota of cgroup v2 in cores, or `otherwise` where there is none.
int cgroup_threads(int otherwise) {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return otherwise;
  return std::max(1, static_cast<int>(std::ceil(std::stod(quota) / period)));
}

/// OpenMP's team size is a setting of each thread: every compute thread says it as it joins.
class OneThreadTeams : public tbb::task_scheduler_observer {
 public:
  OneThreadTeams() { observe(true); }
  ~OneThreadTeams() override { observe(false); }
  void on_scheduler_entry(bool /*is_worker*/) override { omp_set_num_threads(1); }
};

}  // namespace

int available_threads() {
  const int cores = affinity_threads();
  return std::max(1, std::min(cores, cgroup_threads(cores)));
}

struct ComputeThreads::State {
  explicit State(int threads)
      : control(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads)) {}
  tbb::global_control control;
  OneThreadTeams teams;
};

ComputeThreads::ComputeThreads(int threads) : threads_(threads) {
  if (threads < 1 || threads > 4096) {
    throw std::invalid_argument("threads must be 1 to 4096, not " + std::to_string(threads));
  }
  omp_set_num_threads(1);
  state_ = std::make_unique<State>(threads);
}

ComputeThreads::~ComputeThreads() = default;

std::thread own_thread(std::function<void()> body) {
  return std::thread([body = std::move(body)] {
    omp_set_num_threads(1);
    body();
  });
}

}  // namespace heddle::pipeline
