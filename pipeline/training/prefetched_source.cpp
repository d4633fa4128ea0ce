#include "pipeline/training/prefetched_source.h"

#include "attention/tensor/tensor.h"
#include "pipeline/compute_threads.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace heddle::pipeline {

using attention::Tensor;
using attention::TensorView;
using attention::train::Batch;
using attention::train::SampleKey;

namespace {

std::size_t bytes_of(const TensorView& view) {
  return static_cast<std::size_t>(view.size()) * size_of(view.dtype);
}

Tensor room_for(const TensorView& view) {
  return Tensor(view.dtype, std::span(view.shape.data(), static_cast<std::size_t>(view.rank)));
}

bool alike(const TensorView& a, const TensorView& b) {
  return a.dtype == b.dtype && a.rank == b.rank && a.shape == b.shape && b.contiguous();
}

}  // namespace

struct PrefetchedSource::Sample {
  explicit Sample(const Batch& like) : labels(room_for(like.labels)) {
    for (const auto& [name, view] : like.inputs) inputs.emplace(name, room_for(view));
    for (const auto& [name, tensor] : inputs) batch.inputs[name] = tensor.view();
    batch.labels = labels.view();
  }

  bool fits(const Batch& to) const {
    if (to.inputs.size() != inputs.size() || !alike(labels.view(), to.labels)) return false;
    for (const auto& [name, view] : to.inputs) {
      const auto found = inputs.find(name);
      if (found == inputs.end() || !alike(found->second.view(), view)) return false;
    }
    return true;
  }

  void copy_to(const Batch& to) const {
    std::memcpy(to.labels.data, batch.labels.data, bytes_of(to.labels));
    for (const auto& [name, view] : to.inputs) {
      std::memcpy(view.data, inputs.at(name).view().data, bytes_of(view));
    }
  }

  std::map<std::string, Tensor> inputs;
  Tensor labels;
  Batch batch;  // views of them
};

struct PrefetchedSource::Place {
  std::unique_ptr<Sample> made;
  std::exception_ptr fault;  // in place of a sample
  bool taken = false;        // or filled by who asked

  bool ready() const { return made || fault; }
};

/// Keys are counted: number = step * batch + index. Those of [first, first + ahead) have places.
struct PrefetchedSource::State {
  explicit State(std::int64_t ahead) : places(static_cast<std::size_t>(ahead)) {}

  std::int64_t ahead() const { return static_cast<std::int64_t>(places.size()); }
  Place& place(std::int64_t number) { return places[static_cast<std::size_t>(number % ahead())]; }
  bool is_ahead(std::int64_t number) const { return number >= first && number < first + ahead(); }

  void keep_for_later(std::unique_ptr<Sample> sample) {
    if (sample) spare.push_back(std::move(sample));
  }
  std::unique_ptr<Sample> room() {
    if (spare.empty()) return std::make_unique<Sample>(like->batch);
    std::unique_ptr<Sample> sample = std::move(spare.back());
    spare.pop_back();
    return sample;
  }

  /// The next key for a thread, or -1.
  std::int64_t next_to_make() {
    if (!like) return -1;
    while (next < first + ahead() && place(next).taken) ++next;
    return next < first + ahead() ? next++ : -1;
  }

  void move_to(std::int64_t number) {
    for (Place& one : places) {
      keep_for_later(std::move(one.made));
      one = {};
    }
    first = next = number;
    ++moves;
  }

  /// How many places are free now that were not.
  std::int64_t mark_taken(std::int64_t number) {
    const std::int64_t before = first;
    place(number).taken = true;
    for (; place(first).taken; ++first) place(first).taken = false;
    next = std::max(next, first);
    return first - before;
  }

  std::mutex mutex;
  std::condition_variable wanted, made;
  bool stop = false;
  std::unique_ptr<Sample> like;  // of the first call's shapes
  std::uint64_t seed = 0;
  std::vector<Place> places;  // a ring
  std::vector<std::unique_ptr<Sample>> spare;
  std::int64_t first = 0;  // nobody has asked for
  std::int64_t next = 0;   // no thread has begun
  std::int64_t moves = 0;
  std::int64_t from_ahead = 0;
};

PrefetchedSource::PrefetchedSource(const attention::train::BatchSource& source,
                                   const PrefetchSettings& settings)
    : source_(source),
      settings_(settings),
      state_(std::make_unique<State>(std::max<std::int64_t>(1, settings.ahead))) {
  if (settings.batch < 1 || settings.threads < 1 || settings.ahead < 1) {
    throw std::invalid_argument("samples made ahead: batch " + std::to_string(settings.batch) +
                                ", " + std::to_string(settings.threads) + " threads, " +
                                std::to_string(settings.ahead) + " ahead; each is 1 or more");
  }
  for (int i = 0; i < settings.threads; ++i) threads_.push_back(own_thread([this] { work(); }));
}

PrefetchedSource::~PrefetchedSource() {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stop = true;
  }
  state_->wanted.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void PrefetchedSource::work() const {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  for (;;) {
    std::int64_t number = -1;
    state.wanted.wait(lock, [&] { return state.stop || (number = state.next_to_make()) >= 0; });
    if (state.stop) return;
    const std::int64_t moves = state.moves;
    const SampleKey key{state.seed, number / settings_.batch, number % settings_.batch};
    Place made;
    try {
      made.made = state.room();
      lock.unlock();
      source_.fill(key, made.made->batch);
    } catch (...) {
      made.fault = std::current_exception();
    }
    if (!lock.owns_lock()) lock.lock();
    if (moves == state.moves) {
      state.place(number) = std::move(made);
      state.made.notify_all();
    } else {  // nobody waits for it any more
      state.keep_for_later(std::move(made.made));
    }
  }
}

std::unique_ptr<PrefetchedSource::Sample> PrefetchedSource::take(const SampleKey& key,
                                                                 const Batch& batch) const {
  State& state = *state_;
  const std::int64_t number = key.step * settings_.batch + key.index;
  std::unique_lock lock(state.mutex);
  if (key.index < 0 || key.index >= settings_.batch || number < 0) return nullptr;
  if (!state.like) {
    state.like = std::make_unique<Sample>(batch);
    state.seed = key.seed;
    state.move_to(number);
  }
  if (key.seed != state.seed || number < state.first || !state.like->fits(batch)) return nullptr;
  if (!state.is_ahead(number)) state.move_to(number);
  const bool moved = state.next == state.first;  // to where no thread has begun
  const std::int64_t moves = state.moves;
  const auto lost = [&] {  // to another caller
    return moves != state.moves || number < state.first || state.place(number).taken;
  };
  if (number < state.next) {  // a thread has begun it
    state.made.wait(lock, [&] { return lost() || state.place(number).ready(); });
  }
  if (lost()) return nullptr;
  Place made = std::exchange(state.place(number), {});
  state.from_ahead += made.ready() ? 1 : 0;
  const std::int64_t freed = state.mark_taken(number);
  lock.unlock();
  // A thread for each place: all of them for one would find nothing to do, at every sample.
  if (moved || freed > 1) {
    state.wanted.notify_all();
  } else if (freed == 1) {
    state.wanted.notify_one();
  }
  state.made.notify_all();
  if (made.fault) std::rethrow_exception(made.fault);
  return std::move(made.made);
}

void PrefetchedSource::fill(const SampleKey& key, const Batch& batch) const {
  std::unique_ptr<Sample> sample = take(key, batch);
  if (!sample) return source_.fill(key, batch);
  sample->copy_to(batch);
  const std::scoped_lock lock(state_->mutex);
  state_->keep_for_later(std::move(sample));
}

std::int64_t PrefetchedSource::taken_from_ahead() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->from_ahead;
}

}  // namespace heddle::pipeline
