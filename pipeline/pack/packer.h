#pragma once
// FASTA and GFF3 into a data set of shards. Memory: the sequences of one shard, fifteen bytes a
// base while it is written (as they are, as columns, as the file's bytes), the longest sequence's
// letters and the annotation of one file. Threads: one caller. Errors: io's InputError;
// WeightsError of writing. Either way no data set is made, and one that was there stays.

#include "pipeline/pack/data_set.h"
#include "pipeline/pack/gene_labels.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace heddle::pipeline {

struct PackInput {
  std::string fasta;
  std::string gff;
};

struct PackReport {
  std::int64_t sequences = 0;
  std::int64_t bases = 0;
  LabelCounts genes;
  int shards = 0;
  /// Sequences of a genetic code that nothing here knows: left out. 'name (genetic code 2)'.
  std::vector<std::string> left_out;
  bool stopped = false;  // nothing was made
};

struct PackSettings {
  std::string folder;
  int genetic_code = 11;  // where the annotation does not say (transl_table)
  std::int64_t shard_bases = std::int64_t{1} << 25;
  bool overwrite = false;      // a data set that is there
  std::function<bool()> stop;  // asked between pieces of the input; empty: never
};

/// Throws InputError where an annotation has no gene on the sequences of its FASTA (names that do
/// not agree are the usual mistake), and where every sequence is left out.
PackReport pack(std::span<const PackInput> inputs, const PackSettings& settings);

}  // namespace heddle::pipeline
