#pragma once
// What a person may choose about training; each option is declared once. A recipe (recipe.h) is the
// same options in a file.

#include "app/options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace heddle::app {

struct TrainingData {
  std::string pack;                // folder of --pack; empty: train
  std::vector<std::string> fasta;  // each with the annotation of the same place
  std::vector<std::string> gff;
  int genetic_code = 11;
  std::vector<std::string> shards;  // folders of packed data
};

struct TrainOptions {
  std::string recipe;
  TrainingData data;
  std::string from;
  bool fresh = false;   // from's shapes, but new values
  std::string add;      // a head that `from` lacks: "rna"; empty: none
  std::string teacher;  // a model whose answers are part of each target; empty: none
  std::optional<double> teacher_share;  // none: kTeacherShare
  std::vector<std::string> freeze;      // beginnings of names of tensors that stay as they are
  std::string output;
  bool overwrite = false;
  bool resume = false;
  std::string store = "f16";

  std::int64_t steps = 1000;
  std::int64_t batch = 8;
  double learning_rate = 1e-4;
  std::int64_t warm_up = 50;
  double final_share = 0.1;
  double decay = 0.1;
  double clip = 1;
  double average = 0.99;
  double keep_start = 0;  // of the values begun with, in the model that is written
  bool bfloat16 = false;
  bool less_memory = false;
  double smoothing = 0;
  double start_weight = 1;
  std::optional<double> rna_weight;  // of models that tell RNA genes; none: 1
  std::uint64_t seed = 1;

  std::int64_t segments = 0;            // that learn from one another, with memory; 0: 2
  std::optional<std::int64_t> chapter;  // segments after which memory begins afresh; none: 32

  std::int64_t window = 0;  // 0: the model's segment
  double held_back = 0.05;
  double reverse = 0.5, clean = 0.3, lowest_error = 3e-4, highest_error = 0.04;
  double recoded = 0, evolved = 0, gaps = 0.02, shuffled = 0;
  std::optional<double> rna_windows;  // of models that tell RNA genes; none: 0.3
  std::optional<double> cut;          // of windows, not of streams; none: 0.1

  std::int64_t validate_every = 100;
  std::int64_t checkpoint_every = 100;
  RunOptions run;
};

void declare(CLI::App& command, TrainOptions& options);

}  // namespace heddle::app
