// needle_bench [MOST_DISTANCE [NEEDLES [SEED [SUMMARIES]]]]: a key planted once among 1,000
// distractors at cosine 0.9, asked for after more and more random keys. One row for each kind of
// summary, capacity of the external tier and distance: how many needles are answered with the key
// itself and with a query at cosine 0.95 to it, what the memory holds, and what the process does.
#include "tests/unit/attention/memory/needle_stream.h"

#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

using namespace heddle::attention;

struct Setting {
  const char* name;
  SummaryKind summary;
  std::int64_t blocks;  // of 64 positions
  int top_k;
};

const Setting kSettings[] = {
    {"no retrieval", SummaryKind::kMean, 0, 0},
    {"means", SummaryKind::kMean, 160'000, 8},
    {"boxes", SummaryKind::kBox, 160'000, 8},
    {"sketches", SummaryKind::kSketch, 160'000, 8},
    {"sketches", SummaryKind::kSketch, 160'000, 32},
    {"sketches", SummaryKind::kSketch, 20'000, 8},
    {"sketches", SummaryKind::kSketch, 2'500, 8},
};
constexpr std::int64_t kDistances[] = {10'000, 100'000, 1'000'000, 10'000'000};

/// A field of /proc/self/status in MB; pages of memory of its own, or of files.
double resident(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::atof(line.c_str() + field.size() + 1) / 1024;
  }
  return 0;
}

struct Resident {
  double own = resident("RssAnon");
  double files = resident("RssFile");
};

void measure(const Setting& setting, std::int64_t most, int needles, std::uint64_t seed) {
  MemorySpec spec = needle_spec(setting.summary, setting.blocks, setting.top_k);
  spec.budget = spec.bytes();
  malloc_trim(0);  // what the setting before gave back is not this one's to reuse unseen
  const Resident before;
  RollingMemory memory(spec);
  NeedleStream stream(needles, seed);
  stream.plant(memory);
  for (const std::int64_t distance : kDistances) {
    if (distance > most) break;
    stream.go_on(memory, distance);
    const auto start = std::chrono::steady_clock::now();
    const double exact = stream.found(memory, 1);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    const double near = stream.found(memory, 0.95);
    const Resident now;
    std::printf("%-13s %8lld %6d %10lld %7.1f %% %7.1f %% %9.1f %9.1f %9.1f %9.1f %8.2f\n",
                setting.name,
                static_cast<long long>(setting.blocks),
                setting.top_k,
                static_cast<long long>(distance),
                100 * exact,
                100 * near,
                static_cast<double>(spec.budget) / 1e6,
                static_cast<double>(spec.mapped_bytes()) / 1e6,
                now.own - before.own,
                now.files - before.files,
                took.count() * 1e3 / needles);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t most = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
  const int needles = argc > 2 ? std::atoi(argv[2]) : 64;
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  std::printf(
      "seed %llu, %d needles, each among %d distractors at cosine 0.9; chance is %.1f %%. MB: in "
      "memory as "
      "the budget counts, of the mapped file, and resident: the process's own and of files\n",
      static_cast<unsigned long long>(seed),
      needles,
      kDistractors,
      100.0 / kNeedleClasses);
  std::printf("%-13s %8s %6s %10s %9s %9s %9s %9s %9s %9s %8s\n",
              "summaries",
              "blocks",
              "top_k",
              "distance",
              "its key",
              "cos 0.95",
              "budget",
              "file",
              "RSS own",
              "RSS file",
              "ms/query");
  const std::string only = argc > 4 ? argv[4] : "";
  for (const Setting& setting : kSettings) {
    if (only.empty() || only == setting.name) measure(setting, most, needles, seed);
  }
}
