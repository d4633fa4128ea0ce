#pragma once
// Training data as it lies on disk: a shard is a safetensors file (attention/weights), read by
// mapping it. Nothing here needs the formats that it was made from.
//
//   bases, plus, minus, starts, rna   U8 (n): labelled_sequence.h, the sequences one behind the
//                                     other
//   ends                              I64 (m): where each sequence ends
//   codes                             I32 (m): genetic codes
//   names                             U8: each name and a zero byte
//   metadata: heddle.shard = "2", the version; crc = eight hexadecimal digits, CRC-32 of these
//   tensors in this order
// Version 1 had no rna; it is read as one whose RNA genes are not known.
//
// A folder of shards is a data set (data_set.h). Threads: reading is const; views borrow the
// mapping. Errors: WeightsError naming the file and what to do; names hold no zero byte.

#include "attention/weights/safetensors.h"
#include "pipeline/pack/labelled_sequence.h"

#include <string>
#include <vector>

namespace heddle::pipeline {

/// Whole or not at all.
void write_shard(const std::string& path, std::span<const LabelledSequence> sequences);

class Shard {
 public:
  /// Maps it, and checks the sum and every value, genetic codes too.
  explicit Shard(const std::string& path);

  const std::vector<LabelledView>& sequences() const { return sequences_; }
  /// Of all it holds, eight hexadecimal digits.
  const std::string& checksum() const { return file_.metadata().find("crc")->second; }

 private:
  attention::Weights file_;
  std::vector<LabelledView> sequences_;
};

}  // namespace heddle::pipeline
