#include "app/command.h"
#include "app/eval_names.h"
#include "app/eval_picture.h"
#include "app/report.h"
#include "io/error.h"
#include "pipeline/metrics/motifs.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace heddle::app {
namespace {

using pipeline::MotifScore;
using Scores = std::map<std::string, MotifScore>;

struct MotifsOptions {
  std::string truth;
  std::string sites;
  std::int64_t slack = 0;
  bool each = false;
  bool json = false;
  PictureOptions picture;
};

MotifScore sum_of(const Scores& scores) {
  MotifScore sum;
  for (const auto& [motif, score] : scores) sum += score;
  return sum;
}

std::string row(const std::string& name, std::size_t width, const MotifScore& score) {
  char numbers[160];
  std::snprintf(numbers,
                sizeof numbers,
                "%10lld%10lld%10lld%10lld%9.2f%11.2f%7.2f\n",
                static_cast<long long>(score.truths),
                static_cast<long long>(score.found),
                static_cast<long long>(score.predicted),
                static_cast<long long>(score.right),
                100 * score.recall(),
                100 * score.precision(),
                100 * score.f1());
  return name + std::string(width - name.size(), ' ') + numbers;
}

std::string table(const Scores& scores, bool each) {
  const std::string all = "all motifs";
  std::size_t width = all.size();
  if (each) {
    for (const auto& [motif, score] : scores) width = std::max(width, motif.size());
  }
  std::string text(width, ' ');
  text += "     truth     found predicted     right   recall  precision     F1\n";
  if (each) {
    for (const auto& [motif, score] : scores) text += row(motif, width, score);
  }
  return text + row(all, width, sum_of(scores));
}

nlohmann::ordered_json json_of(const MotifScore& score) {
  return {{"truth", score.truths},
          {"found", score.found},
          {"predicted", score.predicted},
          {"right", score.right},
          {"recall", score.recall()},
          {"precision", score.precision()},
          {"F1", score.f1()}};
}

std::string json(const MotifsOptions& options, const Scores& scores) {
  nlohmann::ordered_json motifs = nlohmann::ordered_json::array();
  for (const auto& [motif, score] : scores) {
    nlohmann::ordered_json one = json_of(score);
    one["name"] = motif;
    motifs.push_back(one);
  }
  return nlohmann::ordered_json{{"truth", options.truth},
                                {"sites", options.sites},
                                {"all", json_of(sum_of(scores))},
                                {"motifs", motifs}}
             .dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

io::report::JudgedShares bars_of(const std::string& name, const MotifScore& score) {
  return {name,
          {score.truths == 0 ? NAN : score.recall(),
           score.predicted == 0 ? NAN : score.precision(),
           score.truths + score.predicted == 0 ? NAN : score.f1()}};
}

/// The rows of the table.
std::string drawing(const MotifsOptions& options, const Scores& scores) {
  const std::vector<std::string> figures{"recall", "precision", "F1"};
  std::vector<io::report::JudgedShares> rows;
  if (options.each) {
    for (const auto& [motif, score] : scores) rows.push_back(bars_of(motif, score));
  }
  rows.push_back(bars_of("all motifs", sum_of(scores)));
  return io::report::share_chart({options.sites + " against " + options.truth,
                                  "Recall, precision and F1 of sites of motifs."},
                                 figures,
                                 rows)
      .file();
}

JudgedNames names_of(const std::string& path, const std::vector<io::SiteRow>& sites) {
  JudgedNames made{path, {}};
  for (const io::SiteRow& site : sites) made.sequences.push_back(site.sequence);
  return made;
}

void run(const MotifsOptions& options) {
  Picture picture(options.picture, {options.truth, options.sites});
  const std::vector<io::SiteRow> truth = io::read_sites(options.truth);
  if (truth.empty()) {
    throw io::InputError(options.truth + ": has no sites; there is nothing to judge by");
  }
  const std::vector<io::SiteRow> sites = io::read_sites(options.sites);
  if (sites.empty()) print_warning(options.sites + ": has no sites");
  require_common_name(names_of(options.truth, truth), names_of(options.sites, sites), "sites");
  const Scores scores = pipeline::score_motif_sites(truth, sites, options.slack);
  print_result(options.json ? json(options, scores) : table(scores, options.each));
  if (picture.wanted()) picture.commit(drawing(options, scores));
}

}  // namespace

void add_eval_motifs(CLI::App& eval) {
  CLI::App* command = eval.add_subcommand("motifs", "sites of motifs against the truth");
  auto options = std::make_shared<MotifsOptions>();
  command->add_option("truth", options->truth, "GFF3 or BED, also gzipped")
      ->required()
      ->type_name("TRUTH");
  command->add_option("sites", options->sites, "GFF3 or BED, also gzipped")
      ->required()
      ->type_name("PRED");
  command->add_option("--slack", options->slack, "bases by which a site may begin elsewhere")
      ->check(CLI::Range(0, 1000000).description(""))
      ->type_name("BP");
  command->add_flag("--each", options->each, "a row for each motif too");
  command->add_flag("--json", options->json, "JSON instead of a table, shares of 1");
  add_picture_options(
      *command, options->picture, "recall, precision and F1, with --each of each motif too");
  command->footer(
      "\nA site is found when the other file has one of its motif (Name in GFF3, column 4 in BED), "
      "on\nits sequence and strand, that begins at the same base, or within --slack. In percent.\n"
      "\nExamples:\n"
      "  heddle eval motifs truth.bed sites.gff3\n"
      "  heddle eval motifs moods.bed sites.bed --each");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::app
