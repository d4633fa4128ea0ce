#include "app/command.h"
#include "app/eval_names.h"
#include "app/eval_picture.h"
#include "app/eval_text.h"
#include "app/report.h"
#include "io/error.h"
#include "io/formats/annotation.h"
#include "pipeline/annotated_rnas.h"
#include "pipeline/metrics/rnas.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace heddle::app {
namespace {

using pipeline::RnaScore;

struct RnaEvaluation {
  std::string truth;
  std::vector<std::string> files;
  double overlap = 0.5;
  bool json = false;
  PictureOptions picture;
};

struct Line {
  std::string file;
  std::string of;  // a kind, rRNA or all
  RnaScore score;
};

/// Each kind, the rRNAs together, and all.
std::vector<Line> lines_of(const std::string& file, const pipeline::RnaScores& scores) {
  std::vector<Line> lines;
  RnaScore ribosomal, all;
  for (std::size_t i = 0; i < scores.of_kind.size(); ++i) {
    const pipeline::RnaKind& kind = pipeline::rna_kinds()[i];
    const RnaScore& score = scores.of_kind[i];
    lines.push_back({file, std::string(kind.name), score});
    if (kind.type == "rRNA") ribosomal += score;
    all += score;
  }
  ribosomal += scores.of_no_kind;
  all += scores.of_no_kind;
  lines.push_back({file, "rRNA", ribosomal});
  lines.push_back({file, "all", all});
  return lines;
}

/// What a line's shares are of.
std::int64_t told(const RnaScore& score) { return score.found + score.extra; }
std::int64_t either(const RnaScore& score) { return score.truths + told(score); }

std::string table(const std::vector<Line>& lines) {
  std::vector<std::vector<std::string>> rows{
      {"", "class", "annotated", "predicted", "found", "extra", "recall", "precision", "F1"}};
  for (const Line& line : lines) {
    const RnaScore& score = line.score;
    rows.push_back({line.file,
                    line.of,
                    std::to_string(score.truths),
                    std::to_string(score.predicted),
                    std::to_string(score.found),
                    std::to_string(score.extra),
                    percent_of(score.truths, score.recall()),
                    percent_of(told(score), score.precision()),
                    percent_of(either(score), score.f1())});
  }
  return aligned(rows);
}

std::string json(const RnaEvaluation& options, const std::vector<Line>& lines) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Line& line : lines) {
    const RnaScore& score = line.score;
    rows.push_back({{"name", line.file},
                    {"class", line.of},
                    {"annotated", score.truths},
                    {"predicted", score.predicted},
                    {"found", score.found},
                    {"extra", score.extra},
                    {"recall", share_of(score.truths, score.recall())},
                    {"precision", share_of(told(score), score.precision())},
                    {"F1", share_of(either(score), score.f1())}});
  }
  return json_text(nlohmann::ordered_json{{"truth", options.truth}, {"rnas", rows}});
}

/// The classes of which there is anything.
std::string drawing(const RnaEvaluation& options, const std::vector<Line>& lines) {
  const std::vector<std::string> figures{"recall", "precision", "F1"};
  const auto drawn = [](std::int64_t whole, double share) { return whole == 0 ? NAN : share; };
  std::vector<io::report::JudgedShares> rows;
  for (const Line& line : lines) {
    const RnaScore& score = line.score;
    if (either(score) == 0) continue;
    rows.push_back({line.of + ", " + line.file,
                    {drawn(score.truths, score.recall()),
                     drawn(told(score), score.precision()),
                     drawn(either(score), score.f1())}});
  }
  return io::report::share_chart({"RNA genes against " + options.truth,
                                  "Recall, precision and F1 of each class of each file."},
                                 figures,
                                 rows)
      .file();
}

JudgedFile judged(const std::string& path, const io::Gff3File& file) {
  JudgedFile made{path, file, {}};
  for (const pipeline::AnnotatedRna& gene : pipeline::annotated_rnas(file)) {
    made.sequences.push_back(gene.sequence);
  }
  return made;
}

void run(const RnaEvaluation& options) {
  std::vector<std::string> read = options.files;
  read.push_back(options.truth);
  Picture picture(options.picture, read);
  const io::Gff3File truth = io::read_annotation(options.truth);
  std::vector<Line> lines;
  for (const std::string& name : options.files) {
    const io::Gff3File predicted = io::read_annotation(name);
    compare_names(judged(options.truth, truth), judged(name, predicted));
    const auto scores = pipeline::score_rnas(truth, predicted, options.overlap);
    for (Line& line : lines_of(name, scores)) lines.push_back(std::move(line));
    if (lines.back().score.truths == 0) {
      throw io::InputError(options.truth +
                           ": has no whole RNA genes (rows of type tRNA, rRNA or tmRNA); there is "
                           "nothing to judge by");
    }
    if (lines.back().score.predicted == 0) print_warning(name + ": has no RNA genes");
  }
  print_result(options.json ? json(options, lines) : table(lines));
  if (picture.wanted()) picture.commit(drawing(options, lines));
}

}  // namespace

void add_eval_rna(CLI::App& eval) {
  CLI::App* command = eval.add_subcommand("rna", "RNA genes against an annotation");
  auto options = std::make_shared<RnaEvaluation>();
  command->add_option("truth", options->truth, "the annotation, GFF3 or GenBank")
      ->required()
      ->type_name("TRUTH");
  command->add_option("rnas", options->files, "RNA genes to judge, GFF3 or GenBank")
      ->required()
      ->type_name("PRED");
  command
      ->add_option("--overlap", options->overlap, "share of the longer of two that makes them one")
      ->check(CLI::Range(0.0, 1.0).description(""))
      ->type_name("X");
  command->add_flag("--json", options->json, "JSON instead of a table, shares of 1");
  add_picture_options(
      *command, options->picture, "recall, precision and F1 of each class of each PRED");
  command->footer(
      "\nA gene is found when one of its kind (tRNA, tmRNA, 5S, 16S, 23S) on its strand shares\n"
      "--overlap of the longer of the two (0.5: half). Which rRNA a row is: by its product or "
      "name,\n"
      "else by its length; one of which neither tells is wrong, as 'rRNA' and in 'all' alone. "
      "Genes\n"
      "of the truth that are marked partial or pseudo are not judged. In percent.\n"
      "\nExample:\n"
      "  heddle eval rna annotation.gff3.gz heddle.gff3 barrnap.gff3");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::app
