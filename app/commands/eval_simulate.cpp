#include "app/command.h"
#include "app/report.h"
#include "io/atomic_file.h"
#include "io/error.h"
#include "io/formats/mot_rows.h"
#include "pipeline/simulation/detector_noise.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <string>

namespace heddle::app {
namespace {

struct SimulateOptions {
  std::string truth;
  std::string output = "-";
  std::uint64_t seed = 1;
  bool overwrite = false;
};

/// The detections as a detector would have written them: nobody told it who is who.
void write_rows(io::AtomicFile& file, const std::vector<io::MotRow>& rows) {
  for (const io::MotRow& row : rows) {
    char text[512];
    const int length = std::snprintf(text,
                                     sizeof text,
                                     "%lld,-1,%.2f,%.2f,%.2f,%.2f,%.4f,-1,-1,-1\n",
                                     static_cast<long long>(row.frame),
                                     row.x,
                                     row.y,
                                     row.width,
                                     row.height,
                                     row.confidence);
    file.write({text, static_cast<std::size_t>(length)});
  }
}

void run(const SimulateOptions& options) {
  pipeline::DetectorNoise noise;
  noise.seed = options.seed;
  const auto rows = pipeline::simulate_detector(io::read_mot(options.truth), noise);
  if (rows.empty()) throw io::InputError(options.truth + ": has no boxes that count");
  io::AtomicFile file(options.output, options.overwrite);
  write_rows(file, rows);
  file.commit();
}

}  // namespace

void add_eval_simulate(CLI::App& eval) {
  CLI::App* command =
      eval.add_subcommand("simulate", "true boxes as a detector would have found them");
  auto options = std::make_shared<SimulateOptions>();
  command->add_option("truth", options->truth, "MOTChallenge text, also gzipped")
      ->required()
      ->type_name("GT");
  command->add_option("-o,--output", options->output, "detections; - is standard output")
      ->type_name("FILE");
  command->add_option("--seed", options->seed, "of the noise: the same seed gives the same boxes")
      ->type_name("N");
  command->add_flag("-y,--overwrite", options->overwrite, "replace a file that exists");
  command->footer(
      "\nBoxes jitter by 3 to 8 % of their sides; what is hidden is missed, for some frames on "
      "end;\n"
      "some boxes come twice, some are of nothing; scores tell how visible a thing was. To judge\n"
      "associations where there is no video.\n"
      "\nExamples:\n"
      "  heddle eval simulate gt.txt --seed 2 -o det.txt\n"
      "  heddle video --detections det.txt --fps 30 -o tracks.txt\n"
      "  heddle eval tracks gt.txt tracks.txt");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::app
