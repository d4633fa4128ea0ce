#pragma once
// FASTA and GFF3 into a data set of shards. Memory: the sequences of one shard, four bytes a base,
// and the annotation of one file. Threads: one caller. Errors: io's InputError; WeightsError of
// writing.

#include "pipeline/pack/gene_labels.h"
#include "pipeline/pack/shard.h"

#include <cstdint>
#include <span>
#include <string>

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
};

struct PackSettings {
  std::string folder;
  int genetic_code = 11;  // where the annotation does not say (transl_table)
  std::int64_t shard_bases = std::int64_t{1} << 25;
};

/// Throws InputError where an annotation has no gene on the sequences of its FASTA: names that do
/// not agree are the usual mistake.
PackReport pack(std::span<const PackInput> inputs, const PackSettings& settings);

}  // namespace heddle::pipeline
