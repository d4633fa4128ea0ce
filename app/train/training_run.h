#pragma once
// `heddle train`: options -> data, model, trainer; the loop with its checkpoints, log and curve.
//
// The folder of -o holds, from the first checkpoint on: checkpoint.safetensors, log.jsonl,
// loss.svg; at the end weights.safetensors, which heddle genome -m takes; and data/, where --fasta
// was given. Nothing here reads FASTA: who can, passes a packer.

#include "app/command.h"
#include "app/train/train_options.h"

#include <functional>
#include <string>
#include <vector>

namespace heddle::app {

struct PackRequest {
  const TrainingData& data;
  std::string folder;
  bool overwrite = false;
  std::function<bool()> stop;  // asked now and then
};

struct PackOutcome {
  std::string words;                  // how much was packed
  std::vector<std::string> left_out;  // sequences, each with the reason
  bool stopped = false;               // nothing was made
};

/// Packs the files of TrainingData into a folder of shards.
using Packer = std::function<PackOutcome(const PackRequest& request)>;

/// Declares options and callback on `command`: the subcommand of heddle, or the program itself.
/// Without a packer, options that need one are refused in one sentence.
void make_train_command(CLI::App& command, Session& session, const Packer& packer);

}  // namespace heddle::app
