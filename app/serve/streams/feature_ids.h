#pragma once
// What features are called: as in the GFF3 of `heddle genome` over the same input, so that an
// answer of the API and a file can be laid beside each other. Threads: one.

#include "io/record.h"
#include "io/snapshot.h"

#include <cstdint>
#include <map>
#include <string>

namespace heddle::app::serve {

class FeatureIds {
 public:
  /// The ID attribute, else SEQUENCE_n, n counted from 1 over the features of the sequence. Of a
  /// pair its name, as in BEDPE and JSON lines. Each record once, in order.
  std::string of(const io::Interval& interval);
  std::string of(const io::Pair& pair) const { return pair.name; }
  /// The next one of this name is another sequence.
  void end(const std::string& sequence) { counts_.erase(sequence); }
  void snapshot(io::Snapshot& s) { s(counts_); }

 private:
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace heddle::app::serve
