#pragma once
// Packed sequences as something to draw from: which part of each may be learned from, which is held
// back for validation, and pieces drawn in proportion to length and changed as the augmentation
// says, all of it counted from the draws that are passed in.
//
// The end of every sequence is held back. Where such an end would be less than half a window, whole
// sequences are held back instead, as many as make the share; nothing, where there are too few of
// them. Threads: const. Ownership: keeps its shards.

#include "pipeline/pack/shard.h"
#include "pipeline/training/augmentation.h"

#include <string>
#include <vector>

namespace heddle::pipeline {

struct WindowSettings {
  std::int64_t window = 6144;         // bases a sample
  double held_back = 0.05;            // share of each sequence
  std::int64_t most_validation = 64;  // windows
  Augmentation augmentation;
};

class TrainingBases {
 public:
  struct Place {
    const LabelledView* sequence = nullptr;
    std::int64_t begin = 0, end = 0;

    std::int64_t size() const { return end - begin; }
    LabelledBases copy() const { return sequence->copy(begin, end); }
  };

  /// Throws std::invalid_argument where no sequence is longer than nothing, where RNA genes are
  /// asked for and there are none, or a number is out of range.
  TrainingBases(std::vector<Shard> shards, const WindowSettings& settings);
  TrainingBases(const TrainingBases&) = delete;  // its places are in its own shards
  TrainingBases& operator=(const TrainingBases&) = delete;

  /// A piece of `length` bases, shuffled, recoded, with errors and gaps; blank behind its
  /// sequence's end.
  LabelledBases draw(std::int64_t length, NoiseDraws& draws) const;

  const WindowSettings& settings() const { return settings_; }
  const std::vector<Place>& held_back() const { return held_back_; }
  std::int64_t training_bases() const { return training_bases_; }
  /// Does any sequence say where its RNA genes are?
  bool knows_rna() const;
  /// The check sums of all shards: the same data give the same text.
  std::string fingerprint() const;

 private:
  void hold_back(const LabelledView& sequence);
  void find_rnas();
  Place choose_rna(NoiseDraws& draws) const;
  LabelledBases piece(std::int64_t length, NoiseDraws& draws) const;

  const std::vector<Shard> shards_;
  const WindowSettings settings_;
  std::vector<Place> training_;     // what may be seen of each sequence, from its beginning
  std::vector<std::int64_t> ends_;  // of these, laid end to end
  std::vector<Place> held_back_;
  std::vector<std::vector<Place>> rnas_;  // in what may be seen, by kind; none of them empty
  std::int64_t training_bases_ = 0;
  double owed_ = 0;  // bases of short sequences to be held back
};

/// `count` of `all`, evenly over them; all where they are not more.
template <class T>
std::vector<T> evenly(const std::vector<T>& all, std::size_t count) {
  if (all.size() <= count) return all;
  std::vector<T> kept;
  for (std::size_t i = 0; i < count; ++i) kept.push_back(all[i * all.size() / count]);
  return kept;
}

}  // namespace heddle::pipeline
