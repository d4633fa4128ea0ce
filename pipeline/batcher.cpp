#include "pipeline/batcher.h"

#include <utility>

namespace heddle::pipeline {

Batcher::Batcher(int size,
                 std::chrono::milliseconds timeout,
                 const Entrance& entrance,
                 std::function<void(Batch)> flush)
    : size_(size), timeout_(timeout), entrance_(entrance), flush_(std::move(flush)), timer_([this] {
        watch_timeout();
      }) {}

Batcher::~Batcher() {
  {
    const std::scoped_lock lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  timer_.join();
}

bool Batcher::all_here() const {
  return entrance_.reader_waits() && static_cast<std::int64_t>(pending_.size()) == entrance_.live();
}

void Batcher::leave(std::unique_lock<std::mutex>& lock) {
  Batch batch = std::exchange(pending_, {});
  lock.unlock();
  if (!batch.empty()) flush_(std::move(batch));
}

void Batcher::arrive(MessagePtr message) {
  std::unique_lock lock(mutex_);
  if (pending_.empty()) deadline_ = std::chrono::steady_clock::now() + timeout_;
  pending_.push_back(std::move(message));
  if (closed_ || static_cast<int>(pending_.size()) >= size_ || all_here()) {
    leave(lock);
  } else {
    changed_.notify_all();
  }
}

void Batcher::quiet() {
  std::unique_lock lock(mutex_);
  if (all_here()) leave(lock);
}

void Batcher::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  leave(lock);
}

void Batcher::watch_timeout() {
  std::unique_lock lock(mutex_);
  while (!done_) {
    if (pending_.empty()) {
      changed_.wait(lock, [this] { return done_ || !pending_.empty(); });
      continue;
    }
    const auto deadline = deadline_;
    if (std::chrono::steady_clock::now() >= deadline) {
      leave(lock);
      lock.lock();
    } else {
      changed_.wait_until(lock, deadline, [&] { return done_ || deadline_ != deadline; });
    }
  }
}

}  // namespace heddle::pipeline
