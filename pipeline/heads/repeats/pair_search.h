#pragma once
// Copies of what was seen before, at any distance within the memory: every window of the sequence
// asks the memory of earlier tokens for its own key and for its reverse complement's, hits gather
// along diagonals, runs are aligned.
//
// Bases come in blocks; what a block means depends on where the blocks end, so they must lie on a
// grid of the head's own. Memory: bounded by options.memory M: M bytes of bases, 4 M of tokens, up
// to 2 M of buckets (pages are touched as the sequence grows), 1 MB of open runs; and the pairs
// found, 64 bytes each: at most pairs_per_locus a locus of 64 bases, and no more than 2^22 (the
// worst go first). Time: bounded a base by copies_recalled and by what alignments may take.
// Threads: one caller.

#include "attention/selectors/lsh_memory.h"
#include "pipeline/encoders/seeds.h"
#include "pipeline/heads/repeats/base_ring.h"
#include "pipeline/heads/repeats/copies_in_line.h"
#include "pipeline/heads/repeats/diagonals.h"
#include "pipeline/heads/repeats/extension.h"
#include "pipeline/heads/repeats/known_paths.h"
#include "pipeline/heads/repeats/pair_selection.h"
#include "pipeline/heads/repeats/repeat_options.h"
#include "pipeline/heads/repeats/repeat_pair.h"

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

class PairSearch {
 public:
  explicit PairSearch(const RepeatOptions& options);

  /// A new sequence.
  void begin();
  /// Windows of small letters neither ask nor are remembered; alignments run through them.
  void push(std::string_view letters);
  /// Points of alignments looked at so far: what the time goes into.
  std::int64_t work() const { return extension_.work(); }
  /// The sequence is over: its pairs, by position of the later end.
  std::vector<RepeatPair> finish();

 private:
  static constexpr int kAhead = 32;  // windows that the memory is told of before they ask
  struct Batch {
    std::int64_t first = 0;  // window
    std::size_t count = 0;
    std::array<std::optional<SeedTokens::Token>, kAhead> tokens;
  };
  void read(std::int64_t from, std::string_view letters);
  void warm(const Batch& batch);
  void ask(std::int64_t window, const SeedTokens::Token& token);
  void remember(std::int64_t window, const SeedTokens::Token& token, bool near);
  std::span<const std::int64_t> copies_of(std::uint32_t key);
  void resolve(bool last);
  bool agrees_beside(const Run& run) const;
  bool has_enough(const Run& run) const;
  bool align(const Run& run, bool last);

  const RepeatOptions options_;
  BaseRing bases_;
  attention::LshMemory memory_;
  SeedTokens seeds_;
  Diagonals diagonals_;
  CopiesInLine line_;
  Extension extension_;
  KnownPaths known_;
  const int most_tries_;  // alignments with their later end in one place
  PairSelection found_;
  int masked_ = 0;                // small letters since the last other one, kSpan at most
  std::int64_t rests_until_ = 0;  // window that asks again
  std::int64_t means_ = 0;        // work that alignments may still take
  std::vector<std::int64_t> copies_;
  std::vector<Run> closed_;   // runs to align
  std::vector<Run> waiting_;  // runs whose alignment wants bases that have not come yet
};

}  // namespace heddle::pipeline
