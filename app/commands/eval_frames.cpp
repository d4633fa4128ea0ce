#include "app/command.h"
#include "app/eval_names.h"
#include "app/eval_picture.h"
#include "app/eval_text.h"
#include "app/report.h"
#include "io/error.h"
#include "io/formats/frame_labels.h"
#include "io/formats/gff3_rows.h"
#include "pipeline/metrics/frames.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace heddle::app {
namespace {

using pipeline::FrameScore;

struct FramesOptions {
  std::string truth;
  std::vector<std::string> genes;
  bool json = false;
  PictureOptions picture;
};

struct Count {
  const char* name;
  std::int64_t FrameScore::*of;
};
struct Share {
  const char* name;
  double (FrameScore::*of)() const;
};

// In the order of the table: bases, then genes.
constexpr Count kCounts[] = {{"coding bases", &FrameScore::coding},
                             {"called bases", &FrameScore::called},
                             {"genes", &FrameScore::genes}};
constexpr Share kShares[] = {{"frame recall", &FrameScore::recall},
                             {"frame precision", &FrameScore::precision},
                             {"genes in frame", &FrameScore::kept}};

std::string table(const std::vector<std::string>& names, const std::vector<FrameScore>& scores) {
  std::vector<std::vector<std::string>> rows(1, {""});
  for (const Count& count : kCounts) rows[0].emplace_back(count.name);
  for (const Share& share : kShares) rows[0].emplace_back(share.name);
  for (std::size_t i = 0; i < names.size(); ++i) {
    rows.push_back({names[i]});
    for (const Count& count : kCounts) rows.back().push_back(std::to_string(scores[i].*count.of));
    for (const Share& share : kShares) rows.back().push_back(percent((scores[i].*share.of)()));
  }
  return aligned(rows);
}

std::string json(const FramesOptions& options, const std::vector<FrameScore>& scores) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    nlohmann::ordered_json row{{"name", options.genes[i]}};
    for (const Count& count : kCounts) row[count.name] = scores[i].*count.of;
    for (const Share& share : kShares) row[share.name] = (scores[i].*share.of)();
    rows.push_back(row);
  }
  return json_text(nlohmann::ordered_json{{"truth", options.truth}, {"frames", rows}});
}

/// A bar for each share.
std::string drawing(const FramesOptions& options, const std::vector<FrameScore>& scores) {
  std::vector<std::string> figures;
  for (const Share& share : kShares) figures.emplace_back(share.name);
  std::vector<io::report::JudgedShares> rows;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    rows.push_back({options.genes[i], {}});
    for (const Share& share : kShares) rows.back().shares.push_back((scores[i].*share.of)());
  }
  return io::report::share_chart(
             {"Frames against " + options.truth,
              "Recall and precision of coding bases in their frame, and the share of genes with 90 "
              "% of their bases in frame."},
             figures,
             rows)
      .file();
}

struct Prediction {
  JudgedNames names;
  pipeline::FrameScorer scorer;
};

Prediction read_prediction(const std::string& path) {
  io::TextInput text(io::PeekedInput::open(path));
  const io::Gff3File file = io::gff3_rows(text);
  Prediction made{{path, {}}, pipeline::FrameScorer(file)};
  for (const io::Gff3Row& row : file.rows) {
    if (row.type == "CDS") made.names.sequences.push_back(row.sequence);
  }
  return made;
}

/// Scores of nothing look like scores.
void require_names(const JudgedNames& truth, const JudgedNames& predicted) {
  if (predicted.sequences.empty()) print_warning(predicted.path + ": has no rows of type CDS");
  require_common_name(truth, predicted, "genes");
  const std::string unknown = names_only_in(predicted.sequences, truth.sequences);
  if (unknown.empty()) return;
  print_warning(predicted.path + ": its genes on " + unknown + " are not judged, for " +
                truth.path + " has no such sequence");
}

std::vector<FrameScore> scores_of(const FramesOptions& options) {
  std::vector<Prediction> predictions;
  for (const std::string& path : options.genes) predictions.push_back(read_prediction(path));
  JudgedNames names{options.truth, {}};
  io::FrameLabelsReader reader(options.truth);
  while (const auto labels = reader.next()) {
    names.sequences.push_back(labels->name);
    for (Prediction& prediction : predictions) prediction.scorer.add(*labels);
  }
  std::vector<FrameScore> scores;
  for (const Prediction& prediction : predictions) {
    scores.push_back(prediction.scorer.score());
    if (scores.back().coding == 0) {
      throw io::InputError(options.truth +
                           ": none of its bases is coding; there is nothing to judge by");
    }
    require_names(names, prediction.names);
  }
  return scores;
}

void run(const FramesOptions& options) {
  std::vector<std::string> read = options.genes;
  read.push_back(options.truth);
  Picture picture(options.picture, read);
  const std::vector<FrameScore> scores = scores_of(options);
  print_result(options.json ? json(options, scores) : table(options.genes, scores));
  if (picture.wanted()) picture.commit(drawing(options, scores));
}

}  // namespace

void add_eval_frames(CLI::App& eval) {
  CLI::App* command =
      eval.add_subcommand("frames", "coding frames of sequences with errors, base by base");
  auto options = std::make_shared<FramesOptions>();
  command->add_option("truth", options->truth, "PREFIX.labels of heddle eval errors, also gzipped")
      ->required()
      ->type_name("TRUTH");
  command->add_option("genes", options->genes, "genes to judge, GFF3, a row of the table a file")
      ->required()
      ->type_name("PRED");
  command->add_flag("--json", options->json, "JSON instead of a table, shares of 1");
  add_picture_options(
      *command, options->picture, "frame recall, precision and genes in frame of each PRED");
  command->footer(
      "\nA base is right when it is called on its strand and in its codon's phase; each row of "
      "type "
      "CDS\ncounts by its own start, end and phase, the longest where rows overlap. A gene is in "
      "frame when\n90 % of its bases are right. In percent.\n"
      "\nExamples:\n"
      "  heddle eval errors genome.fa annotation.gff3 --rate 0.01 -o noisy\n"
      "  heddle genome noisy.fa -o noisy.gff3\n"
      "  heddle eval frames noisy.labels noisy.gff3 prodigal.gff3 --svg frames.svg");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::app
