// How fast CPU attention is: GFLOP/s on the pairs that the plan attends, and the share of the
// machine's measured fused-multiply-add peak. Every result is checked against the reference back
// end in the same run.
//
// usage: attention_bench [case name part] [threads]      e.g. attention_bench window 1

#include "attention/backend/cpu/attention.h"
#include "attention/backend/reference/attention.h"
#include "tests/bench/fma_peak.h"

#include <tbb/global_control.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <thread>

namespace heddle::bench {
namespace {

using namespace heddle::attention;

struct Case {
  std::string name;
  std::int64_t tokens = 0;
  std::int64_t heads = 0;
  std::int64_t dim = 0;
  std::int64_t radius = kOpenBand;  // causal window: keys [q - radius, q]; open: dense
  bool interleaved = false;         // (tokens, heads, dim), as a model's projection leaves it
};

const Case kCases[] = {
    {"dense 1k d32", 1024, 8, 32, kOpenBand, true},
    {"dense 16k d64", 16384, 1, 64},
    {"dense 16k d128", 16384, 1, 128},
    {"window 1024 16k d64", 16384, 8, 64, 1024},
    {"window 1024 16k d64 interleaved", 16384, 8, 64, 1024, true},
    {"window 1024 16k d128", 16384, 4, 128, 1024},
    {"window 1024 16k d128 interleaved", 16384, 4, 128, 1024, true},
};

/// One run a row: all keys, or those of a causal window.
BlockPlan plan_of(const Case& shape, std::int64_t first, std::int64_t count) {
  BlockPlan plan;
  plan.first_query = first;
  plan.queries = count;
  plan.row_begin = {0};
  for (std::int64_t block = first / 64; block <= (first + count - 1) / 64; ++block) {
    const bool dense = shape.radius == kOpenBand;
    const std::int64_t begin =
        dense ? 0 : std::max<std::int64_t>(block * 64 - shape.radius, 0) / 64;
    const std::int64_t end = dense ? (shape.tokens + 63) / 64 : block + 1;
    plan.runs.push_back({.first_slot = begin * 64,
                         .first_key = begin * 64,
                         .count = end - begin,
                         .keys = std::min(end * 64, shape.tokens) - begin * 64,
                         .lo = -shape.radius,
                         .hi = 0,
                         .kind = dense ? TileKind::kFull : TileKind::kBand});
    plan.row_begin.push_back(static_cast<std::int64_t>(plan.runs.size()));
  }
  build_work_list(plan);
  return plan;
}

double pairs_of(const Case& shape) {
  if (shape.radius == kOpenBand) return static_cast<double>(shape.tokens * shape.tokens);
  double pairs = 0;
  for (std::int64_t q = 0; q < shape.tokens; ++q) {
    pairs += static_cast<double>(std::min(q, shape.radius) + 1);
  }
  return pairs;
}

struct Operand {
  Tensor memory;
  TensorView view;  // (heads, tokens, dim)
};

Operand operand_of(const Case& shape, std::uint64_t seed) {
  Operand made;
  if (shape.interleaved) {
    made.memory = Tensor(DType::kF32, {shape.tokens, shape.heads, shape.dim});
    made.view = made.memory.view().permute({1, 0, 2});
  } else {
    made.memory = Tensor(DType::kF32, {shape.heads, shape.tokens, shape.dim});
    made.view = made.memory.view();
  }
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  float* data = made.memory.view().as<float>();
  for (std::int64_t i = 0; i < made.view.size(); ++i) data[i] = normal(random);
  return made;
}

double seconds_of(const AttentionArgs& args) {
  double best = HUGE_VAL;
  double spent = 0;
  for (int run = 0; run < 20 && (run < 3 || spent < 3); ++run) {
    const auto start = std::chrono::steady_clock::now();
    cpu::attention(args);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    best = std::min(best, wall.count());
    spent += wall.count();
  }
  return best;
}

/// The largest difference from the reference over some rows of every head.
double difference(const Case& shape, const AttentionArgs& args) {
  constexpr std::int64_t kRows = 5;
  double worst = 0;
  for (const std::int64_t first : {std::int64_t{0}, shape.tokens / 2 - 2, shape.tokens - kRows}) {
    const BlockPlan plan = plan_of(shape, first, kRows);
    const TensorView queries[] = {args.queries[0].slice(1, first, kRows)};
    const Tensor wanted(DType::kF32, {shape.heads, kRows, shape.dim});
    reference::attention({.plan = &plan,
                          .queries = queries,
                          .segments = args.segments,
                          .scale = args.scale,
                          .out = wanted.view()});
    for (std::int64_t head = 0; head < shape.heads; ++head) {
      for (std::int64_t row = 0; row < kRows; ++row) {
        const float* a = args.out.at(0, head).at(0, first + row).as<float>();
        const float* b = wanted.view().at(0, head).at(0, row).as<float>();
        for (std::int64_t i = 0; i < shape.dim; ++i) {
          worst = std::max(worst, static_cast<double>(std::fabs(a[i] - b[i])));
        }
      }
    }
  }
  return worst;
}

bool run_case(const Case& shape, double peak) {
  const Operand q = operand_of(shape, 1);
  const Operand k = operand_of(shape, 2);
  const Operand v = operand_of(shape, 3);
  const Operand out = operand_of(shape, 4);
  const BlockPlan plan = plan_of(shape, 0, shape.tokens);
  const TensorView queries[] = {q.view};
  const KeySegment segments[] = {{k.view, v.view}};
  const AttentionArgs args = {.plan = &plan,
                              .queries = queries,
                              .segments = segments,
                              .scale = 1 / std::sqrt(static_cast<float>(shape.dim)),
                              .out = out.view};
  const double seconds = seconds_of(args);
  const double flop = 4 * pairs_of(shape) * static_cast<double>(shape.dim * shape.heads);
  const double rate = flop / seconds * 1e-9;
  const double worst = difference(shape, args);
  const bool good = worst <= 1e-5;
  std::cout << shape.name << ", " << shape.heads << " heads: " << seconds * 1e3 << " ms, " << rate
            << " GFLOP/s, " << 100 * rate / peak << " % of peak, largest error " << worst
            << (good ? "" : "  WRONG") << std::endl;
  return good;
}

std::string machine() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown machine";
}

int run(int argc, char** argv) {
  const std::string wanted = argc > 1 ? argv[1] : "";
  const int threads = argc > 2
                          ? std::stoi(argv[2])
                          : static_cast<int>(std::max(std::thread::hardware_concurrency(), 1u));
  const std::time_t now = std::time(nullptr);
  std::cout << machine() << ", " << instruction_set() << ", " << threads << " threads, "
            << std::ctime(&now) << "command:";
  std::copy(argv, argv + argc, std::ostream_iterator<const char*>(std::cout << ' ', " "));
  const double peak = fma_peak_gflops(threads);
  std::cout << "\nfp32 peak: " << fma_peak_gflops(1) << " GFLOP/s on 1 thread, " << peak << " on "
            << threads << std::endl;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  bool good = true;
  for (const Case& shape : kCases) {
    if (shape.name.find(wanted) != std::string::npos) good = run_case(shape, peak) && good;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace heddle::bench

int main(int argc, char** argv) { return heddle::bench::run(argc, argv); }
