#pragma once
// A data set: a folder that holds shards and nothing else, 'shard-0000.safetensors' .. without a
// gap. It appears whole or not at all: shards are written into FOLDER.partial, which takes the
// folder's name when the last one is there. Threads: one caller. Errors: WeightsError naming the
// folder and what to do.

#include "pipeline/pack/shard.h"

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::pipeline {

/// The files of a data set, in their order. Throws where there are none.
std::vector<std::string> shards_in(const std::string& folder);

/// Refuses a folder that holds anything but shards, and shards too unless `overwrite`.
void require_place_for_data(const std::string& folder, bool overwrite);

/// Gives the data set `made` the name `folder`; one that has the name is removed. Shards that are
/// open stay readable.
void take_name(const std::string& made, const std::string& folder);

/// Removes what is there of a data set; nothing where other files lie beside it.
void remove_data(const std::string& folder) noexcept;

/// Gathers sequences and writes a shard when they are `bases` or more. Without finish() it leaves
/// nothing, and a data set that was there stays.
class DataSetWriter {
 public:
  /// Throws as require_place_for_data.
  DataSetWriter(std::string folder, std::int64_t bases, bool overwrite);
  ~DataSetWriter();
  DataSetWriter(const DataSetWriter&) = delete;
  DataSetWriter& operator=(const DataSetWriter&) = delete;

  void add(LabelledSequence sequence);
  /// Writes the rest and takes the name. How many shards were written in all.
  int finish();

 private:
  void flush();

  std::string folder_;
  std::string partial_;
  std::int64_t limit_;
  std::int64_t held_bases_ = 0;
  int written_ = 0;
  std::vector<LabelledSequence> held_;
};

}  // namespace heddle::pipeline
