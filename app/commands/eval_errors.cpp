#include "app/command.h"
#include "app/eval_names.h"
#include "app/eval_picture.h"
#include "app/exit_codes.h"
#include "app/report.h"
#include "io/atomic_file.h"
#include "io/error.h"
#include "io/formats/annotation.h"
#include "io/formats/fasta.h"
#include "pipeline/simulation/sequencing_errors.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace heddle::app {
namespace {

using pipeline::TrueSequence;
using CodingRows = std::map<std::string, std::vector<pipeline::CodingRow>>;

struct ErrorsOptions {
  std::string genome, annotation;
  std::string output;  // what its files' names begin with
  double rate = 0;
  std::uint64_t seed = 1;
  std::int64_t reads = 0;  // 0: the sequences themselves
  std::int64_t mean_length = 5000;
  std::int64_t max_bases = 0;  // of each sequence; 0: all
  bool overwrite = false;
};

std::string rate_complaint(const std::string& text) {
  double rate = 0;
  const bool right = CLI::detail::lexical_cast(text, rate) && rate >= 0 && rate < 1;
  return right ? ""
               : text + " is no rate: 0 or more and less than 1 (0.01 is one base in a hundred)";
}

/// Whole sequences, or as much of each as is asked for; no labels yet.
std::vector<TrueSequence> read_genome(const ErrorsOptions& options) {
  io::SourceOptions reading;
  reading.keep_letters = true;
  const auto source = io::open_fasta(io::PeekedInput::open(options.genome), reading);
  std::vector<TrueSequence> genome;
  while (const auto sample = source->next()) {
    const auto& piece = std::get<io::Sequence>(*sample);
    if (piece.first) genome.push_back({.truth = {.name = piece.name}});
    std::string& bases = genome.back().bases;
    const std::size_t most = options.max_bases > 0 ? static_cast<std::size_t>(options.max_bases)
                                                   : bases.size() + piece.bases.size();
    bases.append(piece.bases, 0, most - bases.size());
  }
  if (std::ranges::all_of(genome, [](const auto& one) { return one.bases.empty(); })) {
    throw io::InputError(options.genome + ": has no bases");
  }
  return genome;
}

/// Names that are not those of the genome would leave all of it without a gene.
void compare_names(const ErrorsOptions& options,
                   const std::vector<TrueSequence>& genome,
                   const io::Gff3File& annotation,
                   const CodingRows& rows) {
  std::vector<std::string> there, told, coding;
  for (const TrueSequence& sequence : genome) there.push_back(sequence.truth.name);
  for (const io::Gff3Row& row : annotation.rows) told.push_back(row.sequence);
  for (const auto& [name, length] : annotation.lengths) told.push_back(name);
  for (const auto& [name, of_it] : rows) coding.push_back(name);
  const std::string unlabelled = names_only_in(there, told),
                    left_out = names_only_in(coding, there);
  if (std::ranges::none_of(there, [&rows](const auto& name) { return rows.contains(name); })) {
    throw io::InputError(options.annotation + ": its genes lie on " + names_only_in(coding, {}) +
                         ", and the sequences of " + options.genome + " are " +
                         names_only_in(there, {}) +
                         ": no name is in both; give the sequences one name in both files");
  }
  if (!unlabelled.empty()) {
    print_warning(options.genome + ": " + unlabelled + ": labelled as not coding, for " +
                  options.annotation + " tells of no such sequence");
  }
  if (!left_out.empty()) {
    print_warning(options.annotation + ": its genes on " + left_out + " are left out, for " +
                  options.genome + " has no such sequence");
  }
}

CodingRows rows_of(const ErrorsOptions& options, const io::Gff3File& annotation) {
  CodingRows rows = pipeline::coding_rows(annotation);
  if (!rows.empty()) return rows;
  const bool any =
      std::ranges::any_of(annotation.rows, [](const auto& row) { return row.type == "CDS"; });
  throw io::InputError(options.annotation +
                       (any ? ": has no row of type CDS that counts (each is marked pseudo=true or "
                              "part=, or no whole codons long)"
                            : ": has no rows of type CDS; an annotation of the genome is needed"));
}

/// PREFIX.fa and PREFIX.labels; both get their names once both are whole.
class Written {
 public:
  explicit Written(const ErrorsOptions& options)
      : bases_(options.output + ".fa", options.overwrite),
        truth_(options.output + ".labels", options.overwrite) {}

  void add(const TrueSequence& sequence) {
    constexpr std::size_t kLine = 80;
    const std::string& bases = sequence.bases;
    bases_.write(">" + sequence.truth.name + "\n");
    for (std::size_t at = 0; at < bases.size(); at += kLine) {
      bases_.write(bases.substr(at, kLine) + "\n");
    }
    truth_.write(io::frame_labels_text(sequence.truth));
    ++sequences_;
    total_ += bases.size();
  }

  void commit() {
    bases_.commit();
    truth_.commit();
    print_result(bases_.path() + ": " + std::to_string(sequences_) +
                 (sequences_ == 1 ? " sequence, " : " sequences, ") + std::to_string(total_) +
                 " bases\n");
  }

 private:
  io::AtomicFile bases_, truth_;
  std::size_t sequences_ = 0, total_ = 0;
};

void run(const ErrorsOptions& options) {
  const std::vector<std::string> read{options.genome, options.annotation};
  for (const char* ending : {".fa", ".labels"}) {
    require_not_read(options.output + ending, read, "-o");
  }
  Written written(options);
  const io::Gff3File annotation = io::read_annotation(options.annotation);
  CodingRows rows = rows_of(options, annotation);
  std::vector<TrueSequence> genome = read_genome(options);
  compare_names(options, genome, annotation, rows);
  pipeline::MersenneDraws draws(options.seed);
  TrueSequence longest;
  for (TrueSequence& clean : genome) {
    clean.truth = pipeline::frame_labels(
        clean.truth.name, static_cast<std::int64_t>(clean.bases.size()), rows[clean.truth.name]);
    TrueSequence made = pipeline::with_errors(clean, options.rate, draws);
    clean = {};
    if (options.reads == 0) {
      written.add(made);
    } else if (made.bases.size() > longest.bases.size()) {
      longest = std::move(made);
    }
  }
  for (std::int64_t i = 0; i < options.reads; ++i) {
    written.add(pipeline::draw_read(longest, i, static_cast<double>(options.mean_length), draws));
  }
  written.commit();
}

void declare(CLI::App& command, ErrorsOptions& options) {
  command.add_option("genome", options.genome, "FASTA, also gzipped")
      ->required()
      ->type_name("GENOME");
  command.add_option("annotation", options.annotation, "its genes, GFF3 or GenBank")
      ->required()
      ->type_name("TRUTH");
  command
      .add_option("-o,--output",
                  options.output,
                  "PREFIX.fa, the sequences with errors, and PREFIX.labels, where their genes are")
      ->required()
      ->type_name("PREFIX");
  command.add_option("--rate", options.rate, "errors a base: 0.01 is one in a hundred")
      ->required()
      ->check(CLI::Validator(rate_complaint, ""))
      ->default_str("")
      ->type_name("X");
  command.add_option("--seed", options.seed, "of the errors: the same seed gives the same bytes")
      ->type_name("N");
  CLI::Option* reads =
      command
          .add_option("--reads",
                      options.reads,
                      "so many reads of the longest sequence, of either strand, in its place")
          ->check(CLI::Range(1, 100'000'000).description(""))
          ->default_str("")
          ->type_name("N");
  command.add_option("--mean-length", options.mean_length, "of --reads, in bases")
      ->needs(reads)
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->capture_default_str()
      ->type_name("BP");
  command.add_option("--max-bases", options.max_bases, "of each sequence, from its start")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40).description(""))
      ->default_str("")
      ->type_name("N");
  command.add_flag("-y,--overwrite", options.overwrite, "replace files that exist");
}

}  // namespace

void add_eval_errors(CLI::App& eval) {
  CLI::App* command =
      eval.add_subcommand("errors", "a genome with sequencing errors, and where its genes are");
  auto options = std::make_shared<ErrorsOptions>();
  declare(*command, *options);
  command->footer(
      "\nErrors are those of long reads: 40 % substitutions, 35 % deletions, 25 % insertions of "
      "the "
      "same\nbase, eight times likelier in runs of four or more equal bases. Rows of type CDS tell "
      "the genes,\neach by itself; left out are those that are no whole codons long or marked "
      "pseudo=true or part=.\nReads are 600 to 20,000 bases long, log-normal about the mean.\n"
      "\nExamples:\n"
      "  heddle eval errors genome.fa annotation.gff3 --rate 0.01 -o noisy\n"
      "  heddle genome noisy.fa -o noisy.gff3\n"
      "  heddle eval frames noisy.labels noisy.gff3\n"
      "  heddle eval errors genome.fa annotation.gff3 --rate 0.03 --reads 300 -o reads");
  command->callback([options] {
    try {
      run(*options);
    } catch (const io::RequestError& error) {
      throw CommandError(kUsage, error.what());
    }
  });
}

}  // namespace heddle::app
