#include "app/command.h"
#include "app/exit_codes.h"
#include "app/machine.h"
#include "app/version.h"
#include "attention/bench/peak.h"
#include "attention/bench/scaling.h"
#include "io/atomic_file.h"
#include "io/report/chart.h"
#include "pipeline/threads.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

namespace heddle::app {
namespace {

namespace bench = attention::bench;

struct Options {
  std::int64_t most = 131'072;
  double seconds = 1;
  int threads = 0;
  bool json = false;
  std::string svg;
  bool overwrite = false;
};

struct Curve {
  bench::ScalingCase one;
  std::vector<bench::ScalingPoint> points;

  double exponent() const { return bench::fitted_exponent(points); }
  bool right() const {
    return std::ranges::all_of(points, [](const bench::ScalingPoint& point) {
      return point.error <= bench::kScalingTolerance;  // false for NaN too
    });
  }
};

void print_header(const Options& options, int threads) {
  std::printf("%s, %s, %d threads, heddle %s (%s), %s\n",
              processor_name().c_str(),
              bench::instruction_set(),
              threads,
              kVersion,
              kBuild,
              today().c_str());
  std::printf(
      "one head of 64 dimensions, fp32; milliseconds of a whole call: choosing, planning, "
      "attention\n\n%-30s %-11s %9s",
      "tokens",
      "grows as",
      "exponent");
  for (std::int64_t tokens = 1024; tokens <= options.most; tokens *= 2) {
    std::printf(" %8lldk", static_cast<long long>(tokens / 1024));
  }
  std::printf("\n");
}

void print_row(const Curve& curve) {
  std::printf("%-30s %-11s %9.2f", curve.one.name.c_str(), curve.one.law.c_str(), curve.exponent());
  for (const bench::ScalingPoint& point : curve.points) std::printf(" %9.2f", point.seconds * 1e3);
  std::printf("%s\n", curve.right() ? "" : "  WRONG");
  std::fflush(stdout);
}

std::string json_of(const std::vector<Curve>& curves, int threads) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Curve& curve : curves) {
    nlohmann::ordered_json points = nlohmann::ordered_json::array();
    for (const bench::ScalingPoint& point : curve.points) {
      points.push_back({{"tokens", point.tokens},
                        {"seconds", point.seconds},
                        {"processor_seconds", point.processor},
                        {"error", point.error}});
    }
    rows.push_back({{"name", curve.one.name},
                    {"grows_as", curve.one.law},
                    {"exponent", curve.exponent()},
                    {"right", curve.right()},
                    {"points", points}});
  }
  const nlohmann::ordered_json all = {{"processor", processor_name()},
                                      {"instruction_set", bench::instruction_set()},
                                      {"threads", threads},
                                      {"date", today()},
                                      {"version", kVersion},
                                      {"tolerance", bench::kScalingTolerance},
                                      {"curves", rows}};
  return all.dump(1) + "\n";
}

/// Both axes as powers: of 2 for tokens, of 10 for seconds.
std::string svg_of(const std::vector<Curve>& curves) {
  std::vector<io::report::Series> lines;
  io::report::Range tokens{10, 11};
  io::report::Range seconds{-5, -4};
  for (const Curve& curve : curves) {
    char exponent[32];
    std::snprintf(exponent, sizeof exponent, " (N^%.2f)", curve.exponent());
    io::report::Series line{curve.one.name + exponent, {}, static_cast<int>(lines.size() % 8)};
    for (const bench::ScalingPoint& point : curve.points) {
      line.points.push_back(
          {std::log2(static_cast<double>(point.tokens)), std::log10(point.processor)});
      tokens.high = std::max(tokens.high, line.points.back().x);
      seconds.low = std::min(seconds.low, std::floor(line.points.back().y));
      seconds.high = std::max(seconds.high, std::ceil(line.points.back().y));
    }
    lines.push_back(std::move(line));
  }
  const io::report::ChartWords words{
      {"Time against tokens",
       "Processor time of one attention call for each mechanism, with the fitted exponent."},
      "log2 of tokens",
      "log10 of processor seconds"};
  return io::report::line_chart(words, lines, tokens, seconds).file();
}

void run(const Options& options, Session& session) {
  const pipeline::ThreadBudget budget(options.threads > 0 ? options.threads
                                                          : pipeline::available_threads());
  std::optional<io::AtomicFile> picture;
  if (!options.svg.empty()) picture.emplace(options.svg, options.overwrite);
  if (!options.json) print_header(options, budget.compute());
  std::vector<Curve> curves;
  for (bench::ScalingCase& one : bench::scaling_cases()) {
    curves.push_back({one, bench::measure_scaling(one, options.most, options.seconds)});
    if (!curves.back().right()) session.exit_code = kRunTimeError;
    if (!options.json) print_row(curves.back());
  }
  if (options.json) std::fputs(json_of(curves, budget.compute()).c_str(), stdout);
  if (!picture) return;
  picture->write(svg_of(curves));
  picture->commit();
}

}  // namespace

void add_bench_scaling(CLI::App& bench, Session& session) {
  CLI::App* command =
      bench.add_subcommand("scaling", "time against the number of tokens, mechanism by mechanism");
  auto options = std::make_shared<Options>();
  command->add_option("--most", options->most, "tokens at most")
      ->check(CLI::Range(2048, 1 << 24))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--seconds", options->seconds, "a mechanism ends after a call that takes longer")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str()
      ->type_name("S");
  command
      ->add_option(
          "-t,-@,--threads", options->threads, "threads; 0: every core this process may use")
      ->check(CLI::Range(0, 4096))
      ->type_name("N");
  command->add_flag("--json", options->json, "one JSON object instead of a table");
  command->add_option("--svg", options->svg, "also draw the curves")->type_name("FILE");
  command->add_flag("-y,--overwrite", options->overwrite, "replace a picture that exists");
  command->footer(
      "\nThe exponent e of processor time ~ N^e is fitted over the last four points. Of every "
      "point the attention\nof three blocks of queries is checked against the scalar reference, "
      "not the choice; a wrong one exits with 1.\n"
      "\nExamples:\n"
      "  heddle bench scaling\n"
      "  heddle bench scaling --most 32768 --svg scaling.svg");
  command->callback([options, &session] { run(*options, session); });
}

}  // namespace heddle::app
