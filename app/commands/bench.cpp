#include "app/bench_association.h"
#include "app/bench_training.h"
#include "app/command.h"
#include "app/exit_codes.h"
#include "app/machine.h"
#include "app/models.h"
#include "app/options.h"
#include "app/version.h"
#include "attention/backend/backend.h"
#include "attention/bench/measurement.h"
#include "attention/bench/mechanism_cases.h"
#include "pipeline/threads.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace heddle::app {
namespace {

namespace bench = attention::bench;

struct Options {
  std::string only;  // part of a case's name
  int threads = 0;
  bool json = false;
};

struct Ceilings {
  bench::FmaPeak one;
  bench::FmaPeak all;
  double copies = 0;  // GB/s
};

bool runs_here(std::string_view name) {
  for (const attention::BackendStatus& status : attention::backend_statuses()) {
    if (status.name == name) return status.available;
  }
  return false;
}

std::vector<bench::Case> cases_of(int threads) {
  std::vector<bench::Case> cases = bench::attention_cases();
  for (const auto& more : {bench::pattern_cases,
                           bench::plan_cases,
                           bench::gradient_cases,
                           bench::layer_cases,
                           bench::mechanism_cases,
                           bench::normaliser_cases,
                           bench::dynamic_cases,
                           association_cases}) {
    for (bench::Case& one : more()) cases.push_back(std::move(one));
  }
  for (const InstalledModel& model : installed_models()) {
    const std::string file = model.file.string();
    for (const char* on : {"cpu", "cuda", "cuda-f32"}) {
      if (!runs_here(on)) continue;
      const std::string where = on == std::string_view("cpu") ? "" : std::string(" on ") + on;
      cases.push_back({"model " + model.name + where, [file, on, threads] {
                         const auto load = [&file](const char* backend) {
                           return attention::Model::load(file, attention::backend(backend));
                         };
                         return bench::measure_model(load(on), load("reference"), threads);
                       }});
    }
    cases.push_back({"model gradient " + model.name,
                     [file, threads] { return bench::measure_model_gradient(file, threads); }});
  }
  return cases;
}

void print_header(const Options& options, const Ceilings& ceilings, int threads) {
  std::printf("%s, %s, %d threads, heddle %s (%s), %s\n",
              processor_name().c_str(),
              bench::instruction_set(),
              threads,
              kVersion,
              kBuild,
              today().c_str());
  std::printf("command: heddle bench%s%s%s -t %d\n",
              options.only.empty() ? "" : " --only '",
              options.only.c_str(),
              options.only.empty() ? "" : "'",
              threads);
  std::printf("fp32 multiply-add peak: %.1f GFLOP/s on 1 thread, %.1f on %d; copies: %.1f GB/s\n",
              ceilings.one.wall,
              ceilings.all.wall,
              threads,
              ceilings.copies);
  std::printf("energy: %s%s\n\n",
              bench::machine_energy().present() ? "" : "not measured: ",
              bench::machine_energy().says().c_str());
  std::printf("%-42s %10s %18s %9s %8s %10s %8s %8s %9s %9s\n",
              "case",
              "ms",
              "throughput",
              "GFLOP/s",
              "of peak",
              "by CPU",
              "GB/s",
              "peak MB",
              "J/unit",
              "error");
}

/// The share of the peak: by the clock, and by processor time, which other work disturbs less.
std::pair<double, double> shares(const bench::Measurement& made, const Ceilings& ceilings) {
  return {made.flop * 1e-9 / made.best.wall / ceilings.all.wall,
          made.flop * 1e-9 / made.best.processor / ceilings.all.processor};
}

/// Joules a token, base ...; "-" where nothing counts them.
std::string joules_a_unit(const bench::Measurement& made) {
  if (!bench::machine_energy().present()) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", made.best.joules / made.items);
  return text;
}

/// The clock changes with the load and with what others do: the peak is measured again right behind
/// each case, and the best that was seen counts. More than the peak cannot be: where it seems so,
/// the peak was disturbed, and is measured until it was not.
void measure_again(Ceilings& ceilings, const bench::Measurement& made, int threads) {
  constexpr int kTries = 10;
  for (int i = 0; i < kTries; ++i) {
    const bench::FmaPeak now = bench::fma_peak(threads);
    ceilings.all.wall = std::max(ceilings.all.wall, now.wall);
    ceilings.all.processor = std::max(ceilings.all.processor, now.processor);
    const auto [wall, processor] = shares(made, ceilings);
    if (std::max(wall, processor) <= 1) return;
  }
}

/// A share of the processor's peak; "-" for what ran elsewhere.
std::string percent(const bench::Measurement& made, double share) {
  if (made.on_device) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

/// Of operands and results; "-" where their bytes are not known.
std::string gigabytes_a_second(const bench::Measurement& made) {
  if (made.bytes == 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", made.bytes * 1e-9 / made.best.wall);
  return text;
}

/// Of a case, with the memory that the process held at most while it ran, in bytes.
void print_row(const std::string& name,
               const bench::Measurement& made,
               const Ceilings& ceilings,
               std::int64_t peak) {
  const auto [wall, processor] = shares(made, ceilings);
  char throughput[32];
  std::snprintf(throughput,
                sizeof throughput,
                "%.4g %s/s",
                made.items / made.best.wall,
                std::string(made.unit).c_str());
  std::printf("%-42s %10.2f %18s %9.1f %8s %10s %8s %8.0f %9s %9.1e%s\n",
              name.c_str(),
              made.best.wall * 1e3,
              throughput,
              made.flop * 1e-9 / made.best.wall,
              percent(made, wall).c_str(),
              percent(made, processor).c_str(),
              gigabytes_a_second(made).c_str(),
              static_cast<double>(peak) * 1e-6,
              joules_a_unit(made).c_str(),
              made.error,
              made.right() ? "" : "  WRONG");
  std::fflush(stdout);
}

nlohmann::ordered_json json_row(const std::string& name,
                                const bench::Measurement& made,
                                const Ceilings& ceilings,
                                std::int64_t peak) {
  const auto [wall, processor] = shares(made, ceilings);
  const bool counted = bench::machine_energy().present();
  return {
      {"case", name},
      {"seconds", made.best.wall},
      {"unit", made.unit},
      {"units_per_second", made.items / made.best.wall},
      {"gflops", made.flop * 1e-9 / made.best.wall},
      {"share_of_peak", made.on_device ? nlohmann::ordered_json() : nlohmann::ordered_json(wall)},
      {"share_of_peak_by_processor_time",
       made.on_device ? nlohmann::ordered_json() : nlohmann::ordered_json(processor)},
      {"gbytes_per_second",
       made.bytes > 0 ? nlohmann::ordered_json(made.bytes * 1e-9 / made.best.wall) : nullptr},
      {"peak_memory_bytes", peak > 0 ? nlohmann::ordered_json(peak) : nullptr},
      {"joules_per_unit",
       counted ? nlohmann::ordered_json(made.best.joules / made.items) : nullptr},
      {"error", made.error},
      {"tolerance", made.tolerance},
      {"right", made.right()}};
}

/// Those that --only leaves. Throws CommandError where that is none.
std::vector<bench::Case> wanted_cases(const Options& options, int threads) {
  std::vector<bench::Case> wanted;
  for (bench::Case& one : cases_of(threads)) {
    if (one.name.find(options.only) != std::string::npos) wanted.push_back(std::move(one));
  }
  if (!wanted.empty()) return wanted;
  throw CommandError(kUsage, "no case has '" + options.only + "' in its name; heddle bench --list");
}

void run(const Options& options, Session& session) {
  const pipeline::ThreadBudget budget(options.threads > 0 ? options.threads
                                                          : pipeline::available_threads());
  const int threads = budget.compute();
  const std::vector<bench::Case> wanted = wanted_cases(options, threads);
  Ceilings ceilings = {
      bench::fma_peak(1), bench::fma_peak(threads), bench::copy_bandwidth(threads)};
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  if (!options.json) print_header(options, ceilings, threads);
  for (const bench::Case& one : wanted) {
    forget_peak_memory();
    const bench::Measurement made = one.measure();
    const std::int64_t peak = peak_memory();
    if (!made.right()) session.exit_code = kRunTimeError;
    if (!made.on_device) measure_again(ceilings, made, threads);
    if (options.json) {
      rows.push_back(json_row(one.name, made, ceilings, peak));
    } else {
      print_row(one.name, made, ceilings, peak);
    }
  }
  if (!options.json) return;
  const nlohmann::ordered_json all = {{"processor", processor_name()},
                                      {"instruction_set", bench::instruction_set()},
                                      {"threads", threads},
                                      {"date", today()},
                                      {"version", kVersion},
                                      {"fp32_peak_gflops", ceilings.all.wall},
                                      {"copy_gbytes_per_second", ceilings.copies},
                                      {"energy", bench::machine_energy().says()},
                                      {"cases", rows}};
  std::printf("%s\n", all.dump(1).c_str());
}

}  // namespace

void add_bench_command(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("bench", "how fast this machine runs the engine and the models");
  auto options = std::make_shared<Options>();
  command->add_option("--only", options->only, "only the cases with this in their name")
      ->type_name("TEXT");
  command
      ->add_option(
          "-t,-@,--threads", options->threads, "threads; 0: every core this process may use")
      ->check(CLI::Range(0, 4096))
      ->type_name("N");
  command->add_flag("--json", options->json, "one JSON object instead of a table");
  auto list = std::make_shared<bool>(false);
  command->add_flag("--list", *list, "only name the cases")->excludes("--json", "--threads");
  command->footer(
      "\nEvery case is checked in the same run, and a wrong one exits with 1: attention over "
      "patterns and its\ngradient by some rows of what was timed; mechanisms, normalisers, "
      "Reformer layers and models by\nanother call, most on fewer tokens; each against the scalar "
      "reference (a recurrent rule against its\ndefinition by pairs); a plan against its "
      "pattern's definition, a choice of blocks against the same\nchoice on a shorter sequence; an "
      "association by the identities that it keeps of drawn tracks\n(error: 1 - IDF1). "
      "'language' and 'vision' train, and check nothing.\n'by CPU' is the share of the peak by "
      "processor time, which other work disturbs less; J/unit "
      "are joules\na token, base ... of the whole machine, where RAPL or NVML count them.\n"
      "GB/s are operands and results, each once, over the time; 'peak MB' is the most memory that "
      "the process\nheld while the case ran.\n"
      "The peak is measured again behind each case; the best so far counts.\n"
      "\nExamples:\n"
      "  heddle bench\n"
      "  heddle bench --only 'attention window' -t 1\n"
      "  heddle bench --only model --json\n"
      "  heddle bench scaling --svg scaling.svg\n"
      "  heddle bench language --text /usr/share/common-licenses/*\n"
      "  heddle bench vision");
  add_bench_scaling(*command, session);
  add_bench_language(*command);
  add_bench_vision(*command);
  command->callback([options, list, command, &session] {
    if (!command->get_subcommands().empty()) return;
    if (!*list) return run(*options, session);
    for (const bench::Case& one : wanted_cases(*options, 1)) std::printf("%s\n", one.name.c_str());
  });
}

}  // namespace heddle::app
