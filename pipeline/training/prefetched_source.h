#pragma once
// Another source's samples, made ahead by threads of their own, so that whoever trains finds them
// ready. As everything about a sample follows from its key, the order in which they are made cannot
// matter: same bits with any number of threads, and without.
//
// Ahead of what was asked for last lie the next `ahead` keys in the order of training: (step,
// batch - 1) is followed by (step + 1, 0). A key behind them, before them, of another seed, or one
// that no thread has begun, is filled by its caller at once; one behind them also moves them there.
// The shapes are those of the first call; validation is passed on.
//
// Memory: `ahead` samples, and one more a thread. Threads: const and safe from any. Ownership:
// borrows the source, which must be safe from any thread. Errors: what the source throws at a key
// reaches who asks for that key.

#include "attention/train/batch_source.h"

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace heddle::pipeline {

struct PrefetchSettings {
  std::int64_t batch = 1;   // samples a step
  int threads = 1;          // that make samples
  std::int64_t ahead = 64;  // samples
};

class PrefetchedSource : public attention::train::BatchSource {
 public:
  /// Throws std::invalid_argument unless each setting is 1 or more.
  PrefetchedSource(const attention::train::BatchSource& source, const PrefetchSettings& settings);
  /// Waits for samples in the making; those nobody asked for are lost.
  ~PrefetchedSource() override;
  PrefetchedSource(const PrefetchedSource&) = delete;
  PrefetchedSource& operator=(const PrefetchedSource&) = delete;

  int columns() const override { return source_.columns(); }
  void fill(const attention::train::SampleKey& key,
            const attention::train::Batch& batch) const override;
  std::int64_t validation_samples() const override { return source_.validation_samples(); }
  void fill_validation(std::int64_t index, const attention::train::Batch& batch) const override {
    source_.fill_validation(index, batch);
  }

  /// How many samples were made ahead and taken.
  std::int64_t taken_from_ahead() const;

 private:
  struct Sample;
  struct Place;  // of one key: what was made for it
  struct State;  // under the mutex

  void work() const;
  /// The sample if it was made ahead; else nothing, and the caller fills.
  std::unique_ptr<Sample> take(const attention::train::SampleKey& key,
                               const attention::train::Batch& batch) const;

  const attention::train::BatchSource& source_;
  const PrefetchSettings settings_;
  const std::unique_ptr<State> state_;
  std::vector<std::thread> threads_;
};

}  // namespace heddle::pipeline
