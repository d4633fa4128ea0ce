#include "app/bench_training.h"

#include "app/machine.h"
#include "app/version.h"
#include "attention/bench/peak.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace heddle::app {

std::string machine_line(int threads) {
  return processor_name() + ", " + attention::bench::instruction_set() + ", " +
         std::to_string(threads) + " threads, heddle " + kVersion + " (" + kBuild + "), " + today();
}

BenchProgress::BenchProgress(std::string name, std::int64_t steps)
    : name_(std::move(name)), steps_(steps), shown_(isatty(STDERR_FILENO) != 0) {}

BenchProgress::~BenchProgress() {
  if (shown_) std::fprintf(stderr, "\r\x1b[K");
}

void BenchProgress::tell(std::int64_t step, double loss) {
  if (!shown_) return;
  std::fprintf(stderr,
               "\r\x1b[K%s: step %lld of %lld, %.3f",
               name_.c_str(),
               static_cast<long long>(step),
               static_cast<long long>(steps_),
               loss);
}

}  // namespace heddle::app
