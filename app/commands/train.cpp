#include "app/command.h"
#include "app/train/training_run.h"
#include "pipeline/pack/packer.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace heddle::app {
namespace {

std::string pack_files(const TrainingData& data, const std::string& folder) {
  std::vector<pipeline::PackInput> inputs;
  for (std::size_t i = 0; i < data.fasta.size(); ++i) {
    inputs.push_back({data.fasta[i], data.gff[i]});
  }
  const pipeline::PackReport made =
      pipeline::pack(inputs, {.folder = folder, .genetic_code = data.genetic_code});
  char text[256];
  std::snprintf(text,
                sizeof text,
                ": %lld sequences, %lld bases, %lld genes (%lld more are not whole and count for "
                "nothing), %d shard%s",
                static_cast<long long>(made.sequences),
                static_cast<long long>(made.bases),
                static_cast<long long>(made.genes.genes),
                static_cast<long long>(made.genes.unlabelled),
                made.shards,
                made.shards == 1 ? "" : "s");
  return "packed into " + folder + text;
}

}  // namespace

void add_train_command(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("train", "a gene model of your own, from genomes with genes");
  make_train_command(*command, session, pack_files);
}

}  // namespace heddle::app
