#include "app/command.h"
#include "app/eval_names.h"
#include "app/eval_picture.h"
#include "app/eval_text.h"
#include "app/report.h"
#include "io/error.h"
#include "io/formats/annotation.h"
#include "pipeline/metrics/genes.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace heddle::app {
namespace {

using pipeline::GeneScore;

struct GenesOptions {
  std::string truth;
  std::vector<std::string> genes;
  int min_length = 90;
  std::string rules = "id";
  bool json = false;
  PictureOptions picture;
};

struct Count {
  const char* name;
  std::int64_t GeneScore::*of;
};
struct Share {
  const char* name;
  double (GeneScore::*of)() const;
};

// In the order of the table.
constexpr Count kCounts[] = {{"annotated", &GeneScore::truths},
                             {"predicted", &GeneScore::predicted},
                             {"found", &GeneScore::found},
                             {"extra", &GeneScore::extra}};
constexpr Share kShares[] = {{"recall", &GeneScore::recall},
                             {"precision", &GeneScore::precision},
                             {"F1", &GeneScore::f1},
                             {"starts", &GeneScore::start_accuracy},
                             {"exact", &GeneScore::exact_recall},
                             {"base recall", &GeneScore::base_recall},
                             {"base precision", &GeneScore::base_precision}};

std::string table(const std::vector<std::string>& names, const std::vector<GeneScore>& scores) {
  std::vector<std::string> head(1);
  for (const Count& count : kCounts) head.emplace_back(count.name);
  for (const Share& share : kShares) head.emplace_back(share.name);
  std::vector<std::vector<std::string>> rows{head};
  for (std::size_t i = 0; i < names.size(); ++i) {
    rows.push_back({names[i]});
    for (const Count& count : kCounts) rows.back().push_back(std::to_string(scores[i].*count.of));
    for (const Share& share : kShares) rows.back().push_back(percent((scores[i].*share.of)()));
  }
  return aligned(rows);
}

std::string json(const GenesOptions& options, const std::vector<GeneScore>& scores) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    nlohmann::ordered_json row{{"name", options.genes[i]}};
    for (const Count& count : kCounts) row[count.name] = scores[i].*count.of;
    for (const Share& share : kShares) row[share.name] = (scores[i].*share.of)();
    rows.push_back(row);
  }
  return json_text(nlohmann::ordered_json{{"truth", options.truth}, {"genes", rows}});
}

/// A bar for each of the shares that tell most.
std::string drawing(const GenesOptions& options, const std::vector<GeneScore>& scores) {
  const std::vector<std::string> figures{"recall", "precision", "F1", "exact"};
  std::vector<io::report::JudgedShares> rows;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const GeneScore& score = scores[i];
    rows.push_back(
        {options.genes[i], {score.recall(), score.precision(), score.f1(), score.exact_recall()}});
  }
  return io::report::share_chart(
             {"Genes against " + options.truth,
              "Recall, precision and F1 by the stop, and the share of genes with an exact start."},
             figures,
             rows)
      .file();
}

JudgedFile judged(const std::string& path, const io::Gff3File& file) {
  JudgedFile made{path, file, {}};
  for (const io::Gff3Row& row : file.rows) {
    if (row.type == "CDS") made.sequences.push_back(row.sequence);
  }
  return made;
}

void run(const GenesOptions& options) {
  std::vector<std::string> read = options.genes;
  read.push_back(options.truth);
  Picture picture(options.picture, read);
  const io::Gff3File truth = io::read_annotation(options.truth);
  const pipeline::GeneRules rules = pipeline::gene_rules_named(options.rules);
  std::vector<GeneScore> scores;
  for (const std::string& name : options.genes) {
    const io::Gff3File predicted = io::read_annotation(name);
    compare_names(judged(options.truth, truth), judged(name, predicted));
    scores.push_back(pipeline::score_genes(truth, predicted, options.min_length, rules));
    if (scores.back().predicted == 0) print_warning(name + ": has no rows of type CDS");
  }
  if (scores.front().truths == 0) {
    throw io::InputError(options.truth + ": has no whole genes (rows of type CDS, " +
                         std::to_string(options.min_length) +
                         " bases or more); there is nothing to judge by");
  }
  print_result(options.json ? json(options, scores) : table(options.genes, scores));
  if (picture.wanted()) picture.commit(drawing(options, scores));
}

}  // namespace

void add_eval_genes(CLI::App& eval) {
  CLI::App* command = eval.add_subcommand("genes", "genes against an annotation");
  auto options = std::make_shared<GenesOptions>();
  command->add_option("truth", options->truth, "the annotation, GFF3 or GenBank")
      ->required()
      ->type_name("TRUTH");
  command
      ->add_option(
          "genes", options->genes, "genes to judge, GFF3 or GenBank, a row of the table a file")
      ->required()
      ->type_name("PRED");
  command->add_option("--min-length", options->min_length, "shortest gene that is judged, in bases")
      ->check(CLI::Range(0, 100000).description(""))
      ->type_name("BP");
  command
      ->add_option(
          "--rules",
          options->rules,
          "what one gene is: id (all rows of one ID; marks are attributes), row (each row; "
          "a mark is its letters anywhere in column 9, as simple scorers read)")
      ->check(CLI::IsMember(pipeline::gene_rules_names()))
      ->type_name("NAME");
  command->add_flag("--json", options->json, "JSON instead of a table, shares of 1");
  add_picture_options(
      *command, options->picture, "recall, precision, F1 and exact genes of each PRED");
  command->footer(
      "\nA gene is found when one on its strand has its stop (recall, precision, F1), exact when "
      "its\n"
      "start agrees too (starts: of those found; exact: of all). Genes of the truth that touch "
      "their\n"
      "sequence's end, have several parts or are marked partial or pseudo are not judged. In "
      "percent.\n"
      "\nExamples:\n"
      "  heddle eval genes annotation.gff3.gz genes.gff3\n"
      "  heddle eval genes annotation.gff3 genes.gff3 prodigal.gff3 --svg genes.svg");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::app
