#include "app/command.h"
#include "app/report.h"
#include "io/error.h"
#include "io/formats/annotation.h"
#include "pipeline/metrics/genes.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace heddle::app {
namespace {

using pipeline::GeneScore;

struct GenesOptions {
  std::string truth;
  std::vector<std::string> genes;
  int min_length = 90;
  bool json = false;
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

std::string cell(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", 100 * share);
  return text;
}

std::string table(const std::vector<std::string>& names, const std::vector<GeneScore>& scores) {
  constexpr std::size_t kNarrow = 10;
  std::size_t first = 0;
  for (const std::string& name : names) first = std::max(first, name.size());
  std::string text(first, ' ');
  for (const Count& count : kCounts) text += cell(count.name, kNarrow);
  for (const Share& share : kShares) text += "  " + cell(share.name, kNarrow - 1);
  text += '\n';
  for (std::size_t i = 0; i < names.size(); ++i) {
    text.append(names[i]).append(first - names[i].size(), ' ');
    for (const Count& count : kCounts) text += cell(std::to_string(scores[i].*count.of), kNarrow);
    for (const Share& share : kShares) {
      const std::size_t width = std::max(kNarrow - 1, std::string(share.name).size());
      text.append("  ").append(cell(percent((scores[i].*share.of)()), width));
    }
    text += '\n';
  }
  return text;
}

std::string json(const GenesOptions& options, const std::vector<GeneScore>& scores) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    nlohmann::ordered_json row{{"name", options.genes[i]}};
    for (const Count& count : kCounts) row[count.name] = scores[i].*count.of;
    for (const Share& share : kShares) row[share.name] = (scores[i].*share.of)();
    rows.push_back(row);
  }
  return nlohmann::ordered_json{{"truth", options.truth}, {"genes", rows}}.dump(
             1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

/// Sequences that genes lie on, in the file's order.
std::vector<std::string> sequences_of(const io::Gff3File& file) {
  std::vector<std::string> names;
  std::set<std::string> known;
  for (const io::Gff3Row& row : file.rows) {
    if (row.type == "CDS" && known.insert(row.sequence).second) names.push_back(row.sequence);
  }
  return names;
}

std::string first_few(const std::vector<std::string>& names) {
  constexpr std::size_t kFew = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kFew, names.size()); ++i) {
    text.append(i == 0 ? "" : ", ").append(names[i]);
  }
  if (names.size() > kFew) text += " and " + std::to_string(names.size() - kFew) + " more";
  return text;
}

/// Genes of other sequences than the truth's would all count as wrong. Throws InputError with the
/// names of both.
void check_names(const GenesOptions& options,
                 const io::Gff3File& truth,
                 const std::string& file,
                 const io::Gff3File& predicted) {
  const std::vector<std::string> there = sequences_of(truth), here = sequences_of(predicted);
  if (there.empty() || here.empty()) return;
  const std::set<std::string> known(there.begin(), there.end());
  if (std::ranges::any_of(here, [&](const std::string& name) { return known.contains(name); })) {
    return;
  }
  throw io::InputError(file + ": its genes lie on " + first_few(here) + ", those of " +
                       options.truth + " on " + first_few(there) +
                       ": no name is in both; give the sequences one name in both files");
}

/// Names that only one file has are often one sequence under two names. A sequence that the other
/// file tells of, if only that it is there, is none of them.
std::vector<std::string> unknown_to(const io::Gff3File& file,
                                    const std::vector<std::string>& names) {
  std::set<std::string> told;
  for (const io::Gff3Row& row : file.rows) told.insert(row.sequence);
  std::vector<std::string> unknown;
  for (const std::string& name : names) {
    if (!told.contains(name) && !file.lengths.contains(name)) unknown.push_back(name);
  }
  return unknown;
}

void tell_names(const GenesOptions& options,
                const io::Gff3File& truth,
                const std::string& file,
                const io::Gff3File& predicted) {
  const auto extra = unknown_to(truth, sequences_of(predicted));
  if (!extra.empty()) {
    print_warning(file + ": its genes on " + first_few(extra) + " count as wrong, for " +
                  options.truth + " tells of no such sequence");
  }
  const auto missed = unknown_to(predicted, sequences_of(truth));
  if (!missed.empty()) {
    print_warning(options.truth + ": its genes on " + first_few(missed) + " count as missed, for " +
                  file + " tells of no such sequence");
  }
}

void run(const GenesOptions& options) {
  const io::Gff3File truth = io::read_annotation(options.truth);
  std::vector<GeneScore> scores;
  for (const std::string& name : options.genes) {
    const io::Gff3File predicted = io::read_annotation(name);
    check_names(options, truth, name, predicted);
    tell_names(options, truth, name, predicted);
    scores.push_back(pipeline::score_genes(truth, predicted, options.min_length));
    if (scores.back().predicted == 0) print_warning(name + ": has no rows of type CDS");
  }
  if (scores.front().truths == 0) {
    throw io::InputError(options.truth + ": has no whole genes (rows of type CDS, " +
                         std::to_string(options.min_length) +
                         " bases or more); there is nothing to judge by");
  }
  print_result(options.json ? json(options, scores) : table(options.genes, scores));
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
  command->add_flag("--json", options->json, "JSON instead of a table, shares of 1");
  command->footer(
      "\nA gene is found when one on its strand has its stop (recall, precision, F1), exact when "
      "its\n"
      "start agrees too (starts: of those found; exact: of all). Genes of the truth that touch "
      "their\n"
      "sequence's end, have several parts or are marked partial or pseudo are not judged. In "
      "percent.\n"
      "\nExamples:\n"
      "  heddle eval genes annotation.gff3.gz genes.gff3\n"
      "  heddle eval genes annotation.gff3 genes.gff3 prodigal.gff3 --json");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::app
