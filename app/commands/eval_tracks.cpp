#include "app/eval_tracks.h"

#include "app/command.h"
#include "app/eval_picture.h"
#include "app/report.h"
#include "io/error.h"

#include <CLI/CLI.hpp>

namespace heddle::app {
namespace {

struct TracksOptions {
  std::string truth;
  std::vector<std::string> tracks;
  std::string rules = "auto";
  bool json = false;
  PictureOptions picture;
};

/// Of a truth without a box that counts.
std::string why_none(const pipeline::LeftOut& left_out) {
  std::string why;
  if (left_out.marked > 0) {
    why = "; " + std::to_string(left_out.marked) +
          " are marked 0 in column 7, which leaves a box out: write 1 there where they count";
  }
  if (left_out.classed > 0) {
    why += "; " + std::to_string(left_out.classed) +
           " are no pedestrians (1) in column 8, for which --rules mot15 does not ask";
  }
  return why.empty() ? "; it is empty (the truth is named first, then the tracks)" : why;
}

/// Scores of nothing look like scores.
void tell_empty(const std::string& truth,
                const std::string& tracks,
                const std::vector<ScoredTracks>& rows) {
  if (rows.back().score.clear.truths == 0) {
    throw io::InputError(truth + ": has no boxes that count, so there is nothing to judge by" +
                         why_none(rows.back().left_out));
  }
  if (rows.back().by_scores) {
    print_warning(truth +
                  ": has scores in column 7, where a truth has marks: taken for tracks, of "
                  "which every box counts");
  }
  const bool many = rows.size() > 1;  // then the last row is all of them
  for (const ScoredTracks& row : rows) {
    const std::string of = many && &row != &rows.back() ? ", " + row.name : "";
    const pipeline::ClearCounts& counts = row.score.clear;
    if (counts.truths == 0) print_warning(truth + of + ": has no boxes that count");
    if (counts.said == 0) print_warning(tracks + of + ": has no boxes that count");
  }
}

void run_tracks(const TracksOptions& options) {
  std::vector<std::string> read = options.tracks;
  read.push_back(options.truth);
  Picture picture(options.picture, read);
  const pipeline::MotRules rules = pipeline::mot_rules_named(options.rules);
  std::vector<std::pair<std::string, std::vector<ScoredTracks>>> sets;
  for (const std::string& tracks : options.tracks) {
    sets.emplace_back(tracks, score_tracks(options.truth, tracks, rules));
    tell_empty(options.truth, tracks, sets.back().second);
  }
  if (options.json) {
    print_result(tracks_json(options.truth, sets));
  } else {
    for (const auto& [name, rows] : sets) {
      if (sets.size() > 1) print_result((&name == &sets[0].first ? "" : "\n") + name + "\n");
      print_result(tracks_table(rows));
    }
  }
  if (picture.wanted()) picture.commit(tracks_svg(sets));
}

}  // namespace

void add_eval_tracks(CLI::App& eval) {
  CLI::App* command = eval.add_subcommand("tracks", "tracks of many objects against the truth");
  auto options = std::make_shared<TracksOptions>();
  command->add_option("truth", options->truth, "MOTChallenge text, or a folder of sequences")
      ->required()
      ->type_name("GT");
  command->add_option("tracks", options->tracks, "tracks, or a folder with NAME.txt a sequence")
      ->required()
      ->type_name("PRED");
  command
      ->add_option(
          "--rules",
          options->rules,
          "what counts: mot15 (all that is not marked 0 in column 7), mot17, mot20 (pedestrians; "
          "distractors blame nobody); auto: mot17 where the truth has classes")
      ->check(CLI::IsMember(pipeline::mot_rules_names()))
      ->type_name("NAME");
  command->add_flag("--json", options->json, "JSON instead of a table, with the curves");
  add_picture_options(*command,
                      options->picture,
                      "the scores over the overlap threshold; of several PRED their HOTA");
  command->footer(
      "\nCounted as TrackEval counts: HOTA, CLEAR and identity, in percent; 'all' are the "
      "sequences "
      "taken\ntogether, not a mean.\n"
      "\nExamples:\n"
      "  heddle eval tracks gt.txt tracks.txt\n"
      "  heddle eval tracks MOT17/train results/ --json");
  command->callback([options] { run_tracks(*options); });
}

}  // namespace heddle::app
