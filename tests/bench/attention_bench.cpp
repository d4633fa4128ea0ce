// How fast CPU attention is: GFLOP/s on the pairs that the plan attends, and the share of the
// machine's measured fused-multiply-add peak. Every result is checked against the reference back
// end in the same run.
//
// usage: attention_bench [case name part] [threads]      e.g. attention_bench window 1

#include "attention/backend/cpu/attention.h"
#include "attention/backend/cpu/read_out.h"
#include "attention/backend/reference/attention.h"
#include "attention/backend/reference/read_out.h"
#include "tests/bench/fma_peak.h"

#include <tbb/global_control.h>

#include <algorithm>
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

/// The best of several runs, clock and processor time apart.
template <class Body>
Time time_of(const Body& body) {
  Time best = {.wall = HUGE_VAL, .processor = HUGE_VAL};
  double spent = 0;
  for (int run = 0; run < 20 && (run < 3 || spent < 3); ++run) {
    const Stopwatch watch;
    body();
    const Time took = watch.elapsed();
    best.wall = std::min(best.wall, took.wall);
    best.processor = std::min(best.processor, took.processor);
    spent += took.wall;
  }
  return best;
}

bool report(
    const std::string& name, double flop, const Time& time, const FmaPeak& peak, double worst) {
  const bool good = worst <= 2e-5;
  const double rate = flop / time.wall * 1e-9;
  std::cout << name << ": " << time.wall * 1e3 << " ms, " << rate << " GFLOP/s, "
            << 100 * rate / peak.wall << " % of peak; by processor time "
            << 100 * flop * 1e-9 / time.processor / peak.processor << " %; largest error " << worst
            << (good ? "" : "  WRONG") << std::endl;
  return good;
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

bool run_case(const Case& shape, const FmaPeak& peak) {
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
  const Time time = time_of([&] { cpu::attention(args); });
  const double flop = 4 * pairs_of(shape) * static_cast<double>(shape.dim * shape.heads);
  const std::string name = shape.name + ", " + std::to_string(shape.heads) + " heads";
  return report(name, flop, time, peak, difference(shape, args));
}

/// The tracking model's read-out of a wide crop: 4096 queries, 7 frames of 1024 keys.
bool run_read_out(DType storage, int top, const FmaPeak& peak) {
  constexpr std::int64_t kQueries = 4096;
  constexpr std::int64_t kKeys = 7 * 1024;
  constexpr std::int64_t kDim = 128;
  const Operand q = operand_of({.tokens = kQueries, .heads = 1, .dim = kDim}, 1);
  const Operand k = operand_of({.tokens = kKeys, .heads = 1, .dim = kDim}, 2);
  const Operand v = operand_of({.tokens = kKeys, .heads = 1, .dim = 4}, 3);
  const Tensor keys(storage, {1, kKeys, kDim});
  const Tensor values(storage, {1, kKeys, 4});
  copy(k.view, keys.view());
  copy(v.view, values.view());
  const Tensor out(DType::kF32, {6, kQueries});
  const KeySegment segments[] = {{keys.view(), values.view()}};
  const ReadOutArgs args = {.queries = q.view.at(0, 0),
                            .segments = segments,
                            .scale = 35.2f / kDim,
                            .top = top,
                            .out = out.view()};
  const Time time = time_of([&] { cpu::read_out(args); });
  double worst = 0;
  for (const std::int64_t first : {std::int64_t{0}, kQueries - 20}) {
    const Tensor wanted(DType::kF32, {6, 20});
    ReadOutArgs part = args;
    part.queries = args.queries.slice(0, first, 20);
    part.out = wanted.view();
    reference::read_out(part);
    for (std::int64_t i = 0; i < 6 * 20; ++i) {
      const float got = out.view().at(0, i / 20).as<float>()[first + i % 20];
      const float error = std::fabs(got - wanted.view().as<float>()[i]);
      worst = std::max(worst, static_cast<double>(error));
    }
  }
  const double flop = 2.0 * kQueries * kKeys * (kDim + 4);
  const std::string name =
      "read_out " + std::string(name_of(storage)) + " top " + std::to_string(top);
  return report(name, flop, time, peak, worst);
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
  const FmaPeak peak = fma_peak(threads);
  std::cout << "\nfp32 peak: " << fma_peak(1).wall << " GFLOP/s on 1 thread, " << peak.wall
            << " on " << threads << "; " << peak.processor << " a processor second" << std::endl;
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  bool good = true;
  for (const Case& shape : kCases) {
    if (shape.name.find(wanted) != std::string::npos) good = run_case(shape, peak) && good;
  }
  if (std::string("read_out").find(wanted) != std::string::npos) {
    good = run_read_out(DType::kF32, 0, peak) && good;
    good = run_read_out(DType::kF16, 0, peak) && good;
    good = run_read_out(DType::kF16, 32, peak) && good;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace heddle::bench

int main(int argc, char** argv) { return heddle::bench::run(argc, argv); }
