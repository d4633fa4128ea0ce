#include "app/bench_training.h"
#include "app/exit_codes.h"
#include "attention/bench/vision.h"
#include "pipeline/threads.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace heddle::app {
namespace {

namespace bench = attention::bench;

struct Options {
  bench::VisionSettings settings;
  int threads = 0;
  bool json = false;
};

void check(const bench::VisionSettings& settings) {
  if (settings.side % 2 != 0) {
    throw CommandError(kUsage,
                       "bench vision: --side is even, not " + std::to_string(settings.side));
  }
  if (settings.kernel <= settings.side / 2) return;
  throw CommandError(kUsage,
                     "bench vision: a neighbourhood of " + std::to_string(settings.kernel) +
                         " cells is wider than the image's " + std::to_string(settings.side / 2) +
                         "; lower --kernel or raise --side");
}

void print_header(const Options& options, int threads) {
  const bench::VisionSettings& settings = options.settings;
  std::printf("%s\n", machine_line(threads).c_str());
  std::printf("drawn images of %lld x %lld pixels, cells of 2 x 2, %d kinds of shapes and ground\n",
              static_cast<long long>(settings.side),
              static_cast<long long>(settings.side),
              bench::kShapeKinds);
  std::printf("model: %d layers of %d channels; %lld steps of %lld images\n\n",
              settings.layers,
              settings.channels,
              static_cast<long long>(settings.steps),
              static_cast<long long>(settings.batch));
  std::printf("%-26s %8s %8s %8s %10s %10s %10s %9s\n",
              "cells attend",
              "keys",
              "loss",
              "right",
              "of shapes",
              "ms/image",
              "MFLOP",
              "trained s");
}

void print_row(const bench::VisionResult& made) {
  std::printf("%-26s %8.1f %8.4f %6.2f %% %8.2f %% %10.3f %10.1f %9.1f\n",
              made.pattern.c_str(),
              made.keys,
              made.loss,
              100 * made.right,
              100 * made.right_shapes,
              1e3 * made.image_seconds,
              1e-6 * made.image_flop,
              made.training_seconds);
  std::fflush(stdout);
}

nlohmann::ordered_json json_row(const bench::VisionResult& made) {
  return {{"pattern", made.pattern},
          {"parameters", made.parameters},
          {"keys", made.keys},
          {"loss", made.loss},
          {"right", made.right},
          {"right_of_shapes", made.right_shapes},
          {"seconds_an_image", made.image_seconds},
          {"flop_an_image", made.image_flop},
          {"training_seconds", made.training_seconds}};
}

void run(const Options& options) {
  check(options.settings);
  const pipeline::ThreadBudget budget(options.threads > 0 ? options.threads
                                                          : pipeline::available_threads());
  if (!options.json) print_header(options, budget.compute());
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const std::string& pattern : vision_patterns(options.settings)) {
    BenchProgress progress(pattern, options.settings.steps);
    const bench::VisionResult made =
        measure_vision(options.settings, pattern, [&progress](std::int64_t step, double loss) {
          progress.tell(step, loss);
        });
    rows.push_back(json_row(made));
    if (!options.json) print_row(made);
  }
  if (!options.json) return;
  const nlohmann::ordered_json all = {{"machine", machine_line(budget.compute())},
                                      {"results", rows}};
  std::printf("%s\n", all.dump(1).c_str());
}

}  // namespace

void add_bench_vision(CLI::App& bench) {
  CLI::App* command = bench.add_subcommand(
      "vision", "a model of drawn images: 2-D neighbourhoods beside dense attention");
  auto options = std::make_shared<Options>();
  command->add_option("--steps", options->settings.steps, "of training, for each pattern")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--side", options->settings.side, "pixels of an image's side, even")
      ->check(CLI::Range(16, 1024))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--kernel", options->settings.kernel, "cells of a neighbourhood's side")
      ->check(CLI::Range(1, 512))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--seed", options->settings.seed, "of first values and of the images")
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option(
          "-t,-@,--threads", options->threads, "threads; 0: every core this process may use")
      ->check(CLI::Range(0, 4096))
      ->type_name("N");
  command->add_flag("--json", options->json, "one JSON object instead of a table");
  command->footer(
      "\nTrains a small model twice, from the same values on the same drawn images: each cell of 2 "
      "x 2 pixels\nattends to the neighbourhood around it, or to all cells. Then 64 other images "
      "are judged: the share of\ncells whose shape is told rightly, and the best time of one "
      "image forward.\n"
      "\nExamples:\n"
      "  heddle bench vision\n"
      "  heddle bench vision --side 96 --steps 1000");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::app
