#pragma once
// Arrays of a pattern of 1 to max_period bases repeated side by side, while a sequence is read.
//
// Bases come in blocks on a grid of the head's own, multiples of 64 but for the last. Every place
// that agrees with itself at some distance is aligned (periodic.h), unless an array found before
// explains it. An array that goes on where the bases end is kept open and grows with them; once it
// is long, nothing else is looked for in it. Time: linear; what is tried is bounded for each 1024
// bases and for the block, so that worn or simple sequence cannot explode. Memory: 2 MB of bases,
// 0.3 MB of alignment, 10 bits a base of the block, and the arrays found. Threads: one caller.

#include "pipeline/heads/repeats/array_cover.h"
#include "pipeline/heads/repeats/autocorrelation.h"
#include "pipeline/heads/repeats/base_ring.h"
#include "pipeline/heads/repeats/periodic.h"
#include "pipeline/heads/repeats/repeat_options.h"

#include <string_view>
#include <vector>

namespace heddle::pipeline {

class TandemSearch {
 public:
  explicit TandemSearch(const RepeatOptions& options);

  /// A new sequence.
  void begin();
  void push(std::string_view letters);
  /// By word of 64 bases of the latest block, not zero: within a long array.
  const std::vector<std::uint8_t>& owned() const { return cover_.owned(); }
  /// Bases aligned so far: what the time goes into.
  std::int64_t work() const { return alignment_.work(); }
  /// The sequence is over: its arrays by position, one for each stretch (array_selection.h).
  std::vector<TandemArray> finish();

 private:
  void renew_budget();
  void look_again(bool last);
  void grow_open();
  Span look_into(const Echo& echo, bool last);
  bool accepts(const TandemArray& array) const;
  std::int64_t& spent_at(std::int64_t position);
  bool affords(std::int64_t position);
  void spend(std::int64_t position, std::int64_t work);

  const RepeatOptions options_;
  BaseRing bases_;
  Autocorrelation autocorrelation_;
  PeriodicAlignment alignment_;
  ArrayCover cover_;
  std::int64_t block_begin_ = 0;
  std::vector<std::int64_t> spent_;  // bases aligned, by 1024 bases of the block
  std::int64_t spare_ = 0;         // bases that all of them together may yet align beyond their own
  std::vector<Echo> waiting_;      // their arrays may go on in bases that have not come yet
  std::vector<TandemArray> open_;  // long enough to go on from where they are
  std::vector<TandemArray> found_;
};

}  // namespace heddle::pipeline
