#include "app/command.h"
#include "app/exit_codes.h"
#include "app/train/training_run.h"
#include "attention/weights/weights_error.h"
#include "pipeline/pack/packer.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace heddle::app {
namespace {

std::string words_of(const pipeline::PackReport& made) {
  char text[256];
  std::snprintf(text,
                sizeof text,
                "%lld sequences, %lld bases, %lld genes (%lld more are not whole and count for "
                "nothing), %lld RNA genes, %d shard%s",
                static_cast<long long>(made.sequences),
                static_cast<long long>(made.bases),
                static_cast<long long>(made.genes.genes),
                static_cast<long long>(made.genes.unlabelled),
                static_cast<long long>(made.genes.rnas),
                made.shards,
                made.shards == 1 ? "" : "s");
  return text;
}

PackOutcome pack_files(const PackRequest& request) {
  std::vector<pipeline::PackInput> inputs;
  for (std::size_t i = 0; i < request.data.fasta.size(); ++i) {
    inputs.push_back({request.data.fasta[i], request.data.gff[i]});
  }
  pipeline::PackReport made;
  try {
    made = pipeline::pack(inputs,
                          {.folder = request.folder,
                           .genetic_code = request.data.genetic_code,
                           .overwrite = request.overwrite,
                           .stop = request.stop});
  } catch (const attention::WeightsError& error) {  // of writing
    throw CommandError(kOutput, error.what());
  }
  PackOutcome outcome{.words = words_of(made), .stopped = made.stopped};
  for (const std::string& sequence : made.left_out) {
    outcome.left_out.push_back(sequence + ": only codes 4 and 11 can be learned");
  }
  return outcome;
}

}  // namespace

void add_train_command(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("train", "a gene model of your own, from genomes with genes");
  make_train_command(*command, session, pack_files);
}

}  // namespace heddle::app
