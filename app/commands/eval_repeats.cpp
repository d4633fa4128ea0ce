#include "app/eval_repeats.h"

#include "app/command.h"
#include "app/eval_picture.h"
#include "app/report.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace heddle::app {
namespace {

struct RepeatsOptions {
  std::string truth;
  std::string said;
  pipeline::RepeatLimits limits;
  bool json = false;
  PictureOptions picture;
};

}  // namespace

void add_eval_repeats(CLI::App& eval) {
  CLI::App* command = eval.add_subcommand("repeats", "pairs of repeats against the truth");
  auto options = std::make_shared<RepeatsOptions>();
  command->add_option("truth", options->truth, "BEDPE or PAF, also gzipped")
      ->required()
      ->type_name("TRUTH");
  command->add_option("pairs", options->said, "BEDPE or PAF, also gzipped")
      ->required()
      ->type_name("PRED");
  command
      ->add_option("--min-length",
                   options->limits.min_length,
                   "shortest end of a pair that counts, in bases")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40).description(""))
      ->type_name("BP");
  command->add_option("--min-identity", options->limits.min_identity, "least identity that counts")
      ->check(CLI::Range(0.0, 1.0).description(""))
      ->type_name("X");
  command
      ->add_option("--overlap",
                   options->limits.overlap,
                   "share of either by which both ends must overlap, 0.5 to 1")
      ->check(CLI::Range(0.5, 1.0).description(""))
      ->type_name("X");
  command->add_flag(
      "--arrays", options->limits.arrays, "also pairs whose ends run into each other");
  command->add_flag("--json", options->json, "JSON instead of a table");
  add_picture_options(*command, options->picture, "recall and precision");
  command->footer(
      "\nA pair is found when one of the other file has the same strand and both its ends overlap, "
      "in\nwhichever order they stand. Recall asks for the truth's pairs within the limits among "
      "all of\nPRED, precision for PRED's within the limits among all of the truth. BEDPE without "
      "an "
      "identity\nin column 11 counts as identical.\n"
      "\nExamples:\n"
      "  heddle eval repeats truth.bedpe pairs.bedpe\n"
      "  minimap2 -X -c genome.fa genome.fa > self.paf; heddle eval repeats self.paf pairs.paf");
  command->callback([options] {
    Picture picture(options->picture, {options->truth, options->said});
    const auto score = score_repeat_files(options->truth, options->said, options->limits);
    print_result(options->json ? repeats_json(options->truth, options->said, score)
                               : repeats_table(score));
    if (picture.wanted()) picture.commit(repeats_svg(options->truth, options->said, score));
  });
}

}  // namespace heddle::app
