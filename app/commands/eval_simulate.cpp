#include "app/command.h"
#include "app/picture_file.h"
#include "app/report.h"
#include "io/atomic_file.h"
#include "io/error.h"
#include "io/formats/kitti_rows.h"
#include "pipeline/simulation/detector_noise.h"
#include "pipeline/simulation/replay.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace heddle::app {
namespace {

struct SimulateOptions {
  std::string truth;
  std::string output = "-";
  std::uint64_t seed = 1;
  std::string drawing;  // stem of its files
  double sway = 0;
  double picture_rate = 25;  // as the frames are read again
  bool overwrite = false;
};

/// A row with what can be seen of it in the ninth column.
std::string truth_line(const io::MotRow& row) {
  char text[256];
  const int length = std::snprintf(text,
                                   sizeof text,
                                   "%lld,%lld,%.2f,%.2f,%.2f,%.2f,%g,%d,%.3f\n",
                                   static_cast<long long>(row.frame),
                                   static_cast<long long>(row.id),
                                   row.x + 1,
                                   row.y + 1,
                                   row.width,
                                   row.height,
                                   row.confidence,
                                   row.type < 0 ? 1 : row.type,
                                   row.visibility);
  return {text, static_cast<std::size_t>(length)};
}

/// STEM.ppm and STEM.txt; the truth as it is drawn, in the file's 1-based pixels.
std::vector<io::MotRow> draw(std::span<const io::MotRow> truth, const SimulateOptions& options) {
  pipeline::ReplaySettings settings;
  settings.seed = options.seed;
  settings.sway = options.sway;
  settings.frames_per_second = options.picture_rate;
  const pipeline::Replay replay(truth, settings);
  io::AtomicFile pictures(options.drawing + ".ppm", options.overwrite);
  for (std::int64_t i = 0; i < replay.frames(); ++i) append_ppm(pictures, replay.draw(i));
  io::AtomicFile rows(options.drawing + ".txt", options.overwrite);
  std::vector<io::MotRow> drawn = replay.truth();
  for (const io::MotRow& row : drawn) rows.write(truth_line(row));
  pictures.commit();
  rows.commit();
  for (io::MotRow& row : drawn) {
    ++row.x;
    ++row.y;
  }
  return drawn;
}

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
  std::vector<io::MotRow> truth = io::read_tracks(options.truth);
  if (truth.empty()) throw io::InputError(options.truth + ": has no boxes that count");
  if (!options.drawing.empty()) truth = draw(truth, options);
  const auto rows = pipeline::simulate_detector(truth, noise);
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
  command
      ->add_option("--draw",
                   options->drawing,
                   "also draw the tracks: STEM.ppm, frames of textured things that move and hide "
                   "each other so, and STEM.txt, the truth in its pixels, which the boxes are then "
                   "in too")
      ->type_name("STEM");
  command
      ->add_option("--sway",
                   options->sway,
                   "of --draw: how far the camera swings, share of the picture's width")
      ->check(CLI::Range(0.0, 0.5))
      ->type_name("SHARE");
  command->add_option("--fps", options->picture_rate, "of --draw: frames a second of the tracks")
      ->check(CLI::Range(0.001, 1000.0))
      ->capture_default_str()
      ->type_name("RATE");
  command->add_flag("-y,--overwrite", options->overwrite, "replace a file that exists");
  command->footer(
      "\nBoxes jitter by 3 to 8 % of their sides; what is hidden is missed, for some frames on "
      "end;\n"
      "some boxes come twice, some are of nothing; scores tell how visible a thing was. To judge\n"
      "associations where there is no video.\n"
      "\nExamples:\n"
      "  heddle eval simulate gt.txt --seed 2 -o det.txt\n"
      "  heddle video --detections det.txt --fps 30 -o tracks.txt\n"
      "  heddle eval tracks gt.txt tracks.txt\n"
      "  heddle eval simulate gt.txt --draw replay --sway 0.02 -o det.txt\n"
      "  heddle video replay.ppm --detections det.txt -o tracks.txt\n"
      "  heddle eval tracks replay.txt tracks.txt");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::app
