#include "pipeline/batcher.h"

#include <utility>

namespace heddle::pipeline {

Batcher::Batcher(int size,
                 std::chrono::milliseconds timeout,
                 Entrance& entrance,
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

void Batcher::leave(std::unique_lock<std::mutex>& lock) {
  Batch batch = std::exchange(pending_, {});
  if (batch.empty()) return;
  ++leaving_;
  entrance_.rest(-static_cast<int>(batch.size()));
  lock.unlock();
  flush_(std::move(batch));
  lock.lock();
  --leaving_;
  changed_.notify_all();
}

void Batcher::arrive(MessagePtr message) {
  std::unique_lock lock(mutex_);
  if (pending_.empty()) deadline_ = std::chrono::steady_clock::now() + timeout_;
  pending_.push_back(std::move(message));
  entrance_.rest(1);
  if (closed_ || static_cast<int>(pending_.size()) >= size_) {
    leave(lock);
    return;
  }
  changed_.notify_all();
  lock.unlock();
  entrance_.check_quiet();
}

void Batcher::quiet() {
  std::unique_lock lock(mutex_);
  leave(lock);
}

void Batcher::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  leave(lock);
  changed_.wait(lock, [this] { return leaving_ == 0; });  // the timer may hold one
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
    } else {
      changed_.wait_until(lock, deadline, [&] { return done_ || deadline_ != deadline; });
    }
  }
}

}  // namespace heddle::pipeline
