// Windows of packed data as a training run asks for them: how many a second by the caller alone,
// and made ahead by threads. Each is checked against the caller's own in the same run.
//   build/release/tests/bench/sampling_bench FOLDER [WINDOWS [RECODED [EVOLVED]]]    exit code 1
//   when one is wrong

#include "pipeline/pack/data_set.h"
#include "pipeline/training/prefetched_source.h"
#include "pipeline/training/window_source.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

namespace heddle::pipeline {
namespace {

using attention::DType;
using attention::Tensor;
using attention::train::BatchSource;

constexpr std::int64_t kWindow = 6144, kBatch = 16;

struct Run {
  double seconds = 0;
  std::uint64_t sum = 0;  // FNV-1a of all bases and labels
};

Run take(const BatchSource& source, std::int64_t windows) {
  Tensor bases(DType::kU8, {kWindow}), labels(DType::kU8, {kWindow, source.columns()});
  const attention::train::Batch batch{{{"bases", bases.view()}}, labels.view()};
  Run run{.sum = 0xcbf29ce484222325};
  for (std::int64_t i = 0; i < windows; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    source.fill({1, i / kBatch, i % kBatch}, batch);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    run.seconds += taken.count();
    for (const Tensor* tensor : {&bases, &labels}) {
      const auto* at = tensor->view().as<std::uint8_t>();
      for (std::int64_t k = 0; k < tensor->view().size(); ++k) {
        run.sum = (run.sum ^ at[k]) * 0x100000001b3;
      }
    }
  }
  return run;
}

int run(const std::string& folder, std::int64_t windows, double recoded, double evolved) {
  std::vector<Shard> shards;
  for (const std::string& path : shards_in(folder)) shards.emplace_back(path);
  WindowSettings settings{.window = kWindow};
  settings.augmentation.recoded = recoded;
  settings.augmentation.evolved = evolved;
  const WindowSource source(std::move(shards), settings);
  static_cast<void>(take(source, kBatch));  // pages of the file
  const Run alone = take(source, windows);
  const auto count = static_cast<double>(windows);
  std::printf("caller alone: %.0f windows a second\n", count / alone.seconds);
  int wrong = 0;
  for (const int threads : {1, 2, 4, 8}) {
    const PrefetchedSource ahead(source, {.batch = kBatch, .threads = threads, .ahead = 64});
    const Run made = take(ahead, windows);
    std::printf("%d threads ahead: %.0f windows a second, %lld of %lld made ahead%s\n",
                threads,
                count / made.seconds,
                static_cast<long long>(ahead.taken_from_ahead()),
                static_cast<long long>(windows),
                made.sum == alone.sum ? "" : "; WRONG");
    wrong += made.sum == alone.sum ? 0 : 1;
  }
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace heddle::pipeline

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: sampling_bench FOLDER [WINDOWS [RECODED [EVOLVED]]]\n");
    return 2;
  }
  try {
    return heddle::pipeline::run(arguments[1],
                                 count > 2 ? std::atoll(arguments[2]) : 4000,
                                 count > 3 ? std::atof(arguments[3]) : 0,
                                 count > 4 ? std::atof(arguments[4]) : 0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sampling_bench: %s\n", error.what());
    return 1;
  }
}
