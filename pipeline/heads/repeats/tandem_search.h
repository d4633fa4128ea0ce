#pragma once
// Arrays of a pattern of 1 to max_period bases repeated side by side, while a sequence is read.
//
// Bases come in blocks on a grid of the head's own, multiples of 64 but for the last. Memory: 2 MB
// of bases, 8 bits a base of the block, and the arrays found. Arrays longer than 2^18 bases to
// either side of where they were met are told in pieces. Threads: one caller.

#include "pipeline/heads/repeats/autocorrelation.h"
#include "pipeline/heads/repeats/base_ring.h"
#include "pipeline/heads/repeats/periodic.h"
#include "pipeline/heads/repeats/repeat_options.h"

#include <map>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

class TandemSearch {
 public:
  explicit TandemSearch(const RepeatOptions& options);

  /// A new sequence.
  void begin();
  void push(std::string_view letters);
  /// The sequence is over: its arrays by position; of those that mostly overlap the best.
  std::vector<TandemArray> finish();

 private:
  void resolve(bool last);
  bool known(const Echo& echo) const;
  void accept(TandemArray array);

  const RepeatOptions options_;
  BaseRing bases_;
  Autocorrelation autocorrelation_;
  PeriodicAlignment alignment_;
  std::vector<Echo> echoes_;   // to look into
  std::vector<Echo> waiting_;  // theirs may go on in bases that have not come yet
  std::vector<TandemArray> found_;
  std::multimap<std::int64_t, std::size_t> ends_;  // arrays that echoes may still lie in, by end
};

}  // namespace heddle::pipeline
