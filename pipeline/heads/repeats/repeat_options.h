#pragma once
// What is sought, and within which memory.

#include <cstdint>

namespace heddle::pipeline {

struct RepeatOptions {
  int min_length = 100;                         // bases of the shorter end of a pair
  double min_identity = 0.8;                    // matches / columns of a pair
  int pairs_per_locus = 50;                     // the best; a locus is 64 bases
  int copies_recalled = 40;                     // the latest, of one token
  std::int64_t memory = std::int64_t{1} << 27;  // bases a repeat may be away
  int max_period = 500;                         // of tandem repeats; longer ones are pairs
  int min_tandem_score = 50;                    // 2 a match, -7 a mismatch or indel
};

}  // namespace heddle::pipeline
