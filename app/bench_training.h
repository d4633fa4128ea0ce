#pragma once
// The benches that train: `heddle bench language` and `heddle bench vision`, and what both say of
// where they were run and, on a terminal, of how far they are. Threads: one caller.

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace heddle::app {

void add_bench_language(CLI::App& bench);
void add_bench_vision(CLI::App& bench);

/// The processor, its instruction set, threads, version and date, a line.
std::string machine_line(int threads);

/// Rewrites one line of standard error, where that is a terminal, with the name, the share done and
/// the latest loss; says nothing elsewhere. Wipes it in the end.
class BenchProgress {
 public:
  BenchProgress(std::string name, std::int64_t steps);
  ~BenchProgress();
  BenchProgress(const BenchProgress&) = delete;
  BenchProgress& operator=(const BenchProgress&) = delete;

  void tell(std::int64_t step, double loss);

 private:
  const std::string name_;
  const std::int64_t steps_;
  const bool shown_;
};

}  // namespace heddle::app
