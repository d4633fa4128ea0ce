#include "app/eval_repeats.h"

#include "app/report.h"
#include "io/error.h"
#include "io/formats/pair_rows.h"
#include "pipeline/metrics/repeats.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

namespace heddle::app {
namespace {

struct RepeatsOptions {
  std::string truth;
  std::string said;
  pipeline::RepeatLimits limits;
  bool json = false;
};

auto place_of(const io::Pair::End& end) { return std::tie(end.sequence, end.start, end.end); }

/// Both files may say a pair from either side, and an aligner says it from both.
std::vector<io::Pair> pairs_in(const std::string& file) {
  std::vector<io::Pair> pairs = io::read_pairs(file);
  for (io::Pair& pair : pairs) {
    if (place_of(pair.first) < place_of(pair.second)) std::swap(pair.first, pair.second);
  }
  const auto key = [](const io::Pair& pair) {
    return std::tuple_cat(place_of(pair.first), place_of(pair.second), std::tuple(pair.strand));
  };
  std::ranges::sort(pairs, [&](const io::Pair& a, const io::Pair& b) {
    return std::tuple_cat(key(a), std::tuple(-a.identity())) <
           std::tuple_cat(key(b), std::tuple(-b.identity()));
  });
  const auto again = std::ranges::unique(pairs, {}, key);
  pairs.erase(again.begin(), again.end());
  return pairs;
}

/// Throws also where the truth has no pair that counts.
pipeline::RepeatScore score_repeat_files(const std::string& truth,
                                         const std::string& said,
                                         const pipeline::RepeatLimits& limits) {
  const pipeline::RepeatScore score =
      pipeline::score_repeats(pairs_in(truth), pairs_in(said), limits);
  if (score.truths == 0) {
    throw io::InputError(truth + ": has no pair that counts; there is nothing to judge by" +
                         " (see --min-length and --min-identity)");
  }
  return score;
}

/// Columns with a head; shares in percent.
std::string repeats_table(const pipeline::RepeatScore& score) {
  char text[256];
  std::snprintf(text,
                sizeof text,
                "recall  precision  truths  found    said   right\n"
                "%6.2f  %9.2f  %6lld  %5lld  %6lld  %6lld\n",
                100 * score.recall(),
                100 * score.precision(),
                static_cast<long long>(score.truths),
                static_cast<long long>(score.found),
                static_cast<long long>(score.said),
                static_cast<long long>(score.right));
  return text;
}

/// Shares of 1.
std::string repeats_json(const std::string& truth,
                         const std::string& said,
                         const pipeline::RepeatScore& score) {
  const nlohmann::ordered_json object{{"truth", truth},
                                      {"pairs", said},
                                      {"recall", score.recall()},
                                      {"precision", score.precision()},
                                      {"truths", score.truths},
                                      {"found", score.found},
                                      {"said", score.said},
                                      {"right", score.right}};
  return object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

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
    const auto score = score_repeat_files(options->truth, options->said, options->limits);
    print_result(options->json ? repeats_json(options->truth, options->said, score)
                               : repeats_table(score));
  });
}

}  // namespace heddle::app
