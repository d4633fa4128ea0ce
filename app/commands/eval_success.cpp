#include "app/eval_success.h"

#include "app/command.h"
#include "app/eval_picture.h"
#include "app/report.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace heddle::app {
namespace {

struct SuccessOptions {
  std::string truth;
  std::vector<std::string> tracks;
  ObjectIds ids;
  bool json = false;
  PictureOptions picture;
};

void run(const SuccessOptions& options) {
  std::vector<std::string> read = options.tracks;
  read.push_back(options.truth);
  Picture picture(options.picture, read);
  std::vector<ScoredObject> rows;
  for (const std::string& track : options.tracks) {
    rows.push_back(score_object(options.truth, track, options.ids));
  }
  print_result(options.json ? success_json(options.truth, rows) : success_table(rows));
  if (picture.wanted()) picture.commit(success_svg(rows));
}

}  // namespace

void add_eval_success(CLI::App& eval) {
  CLI::App* command = eval.add_subcommand("success", "one object followed, against the truth");
  auto options = std::make_shared<SuccessOptions>();
  command->add_option("truth", options->truth, "MOTChallenge text, or a line x,y,w,h a frame (OTB)")
      ->required()
      ->type_name("GT");
  command->add_option("tracks", options->tracks, "tracks to judge, either format, a row a file")
      ->required()
      ->type_name("PRED");
  command->add_option("--truth-id", options->ids.truth, "the object of GT, where it has several")
      ->type_name("N");
  command->add_option("--id", options->ids.track, "the object of PRED, where it has several")
      ->type_name("N");
  command->add_flag("--json", options->json, "JSON instead of a table, with the curves");
  add_picture_options(*command, options->picture, "the success plot");
  command->footer(
      "\nOne-pass evaluation as OTB counts it, in percent. AUC: the mean, over overlaps of 0, 0.05 "
      ".. 1,\n"
      "of the share of frames that overlap the truth by more. P@20: centre within 20 pixels. A "
      "frame of\n"
      "the truth in which PRED has no box is a miss.\n"
      "\nExamples:\n"
      "  heddle eval success groundtruth_rect.txt tracks.txt\n"
      "  heddle eval success gt.txt ours.txt csrt.txt --svg success.svg");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::app
