#pragma once
// The head for repeats: what a sequence holds more than once, at any distance within the memory.
// Two stages, so that two threads share the work; no model.
//
//   TandemHead  arrays of a pattern of 1 to 500 bases -> tandem_repeat intervals; marks what lies
//               in long ones (small letters), for there PairHead does not look for copies
//   PairHead    copies at any distance -> Pair records; inverted ones with arms within 10 kb ->
//               inverted_repeat intervals (two parts); copies grouped into families ->
//               repeat_region intervals; pairs that lie in one array are left out
//
// Everything of a sequence is told at its end, intervals by position, then pairs. A segment that
// failed counts as a run of N. Memory: as PairSearch and TandemSearch say, for each lane. Memory
// ends with its sequence: repeats between contigs are not looked for, and a circle is read as a
// line.
//
// Example: heddle genome genome.fa --task repeats -O gff3,bedpe -o repeats/

#include "pipeline/encoders/segments.h"
#include "pipeline/heads/repeats/pair_search.h"
#include "pipeline/heads/repeats/repeat_options.h"
#include "pipeline/heads/repeats/tandem_search.h"
#include "pipeline/item.h"
#include "pipeline/per_lane.h"

namespace heddle::pipeline {

/// The head's own grid: what is found depends on it, so it is not the user's to choose.
SegmentGrid repeat_grid();

class TandemHead : public Stage {
 public:
  explicit TandemHead(const RepeatOptions& options) : options_(options) {}

  std::string_view name() const override { return "tandems"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  /// Appends SequenceStart, and at the end the intervals.
  void process(Item& item) override;
  void skip(Item& item) override;
  /// The search's memory begins again with each sequence, and is too much to be stored.
  StageState save() override { return {began_, {}}; }

 private:
  void take(Item& item, bool known);

  const RepeatOptions options_;
  PerLane<TandemSearch> lanes_;
  std::int64_t began_ = StageState::kNothing;  // the item that began the sequence in work
};

class PairHead : public Stage {
 public:
  explicit PairHead(const RepeatOptions& options) : options_(options) {}

  std::string_view name() const override { return "pairs"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  /// Appends, at the end, intervals, pairs and SequenceEnd, and orders the intervals.
  void process(Item& item) override;
  void skip(Item& item) override;
  StageState save() override { return {began_, {}}; }

 private:
  void take(Item& item, bool known);

  const RepeatOptions options_;
  PerLane<PairSearch> lanes_;
  std::int64_t began_ = StageState::kNothing;  // as above
};

}  // namespace heddle::pipeline
