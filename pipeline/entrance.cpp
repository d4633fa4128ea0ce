#include "pipeline/entrance.h"

#include <algorithm>
#include <utility>

namespace heddle::pipeline {

Message::Message(Entrance& entrance, std::unique_ptr<Item> item)
    : entrance_(entrance), item_(std::move(item)) {}

Message::~Message() { finish(); }

void Message::finish() {
  if (!item_) return;
  const std::size_t bytes = item_->bytes;
  item_.reset();
  entrance_.release(bytes);
}

Entrance::Entrance(const Limits& limits, std::function<void(MessagePtr)> admit)
    : limits_(limits), in_flight_(limits.in_flight), admit_(std::move(admit)) {}

bool Entrance::full() const {
  return inside_ >= in_flight_ || bytes_inside_ >= limits_.bytes_in_flight;
}

bool Entrance::wait_for_room() {
  std::unique_lock lock(mutex_);
  if (limits_.overflow == Overflow::kDropOldest || !full() || stopped_) return !stopped_;
  waiting_ = true;
  lock.unlock();
  check_quiet();
  lock.lock();
  room_.wait(lock, [this] { return stopped_ || !full(); });
  waiting_ = false;
  return !stopped_;
}

void Entrance::count_in(const Item& item) {
  ++inside_;
  bytes_inside_ += item.bytes;
  most_live_ = std::max(most_live_, inside_ + (newest_ ? 1 : 0));
}

void Entrance::admit(std::unique_ptr<Item> item) {
  if (item) admit_(std::make_shared<Message>(*this, std::move(item)));
}

std::unique_ptr<Item> Entrance::take_newest() {
  if (!newest_ || full()) return nullptr;
  std::unique_ptr<Item> taken = std::move(newest_);
  count_in(*taken);
  return taken;
}

/// The newest gives way. The hole that it stood behind is still there.
void Entrance::drop_for(Item& next) {
  ++dropped_;
  if (newest_->frame && newest_->frame->after_gap && next.frame) next.frame->after_gap = true;
}

void Entrance::offer(std::unique_ptr<Item> item) {
  const std::scoped_lock one(admission_);
  std::unique_ptr<Item> older;
  {
    const std::scoped_lock lock(mutex_);
    ++entered_;
    older = take_newest();  // there may be room of which its release() has not made use yet
    if (limits_.overflow == Overflow::kDropOldest && full()) {
      if (newest_) drop_for(*item);
      newest_ = std::move(item);
      most_live_ = std::max(most_live_, inside_ + 1);
    } else {
      count_in(*item);
    }
  }
  admit(std::move(older));
  admit(std::move(item));
}

void Entrance::release(std::size_t bytes) {
  {
    const std::scoped_lock lock(mutex_);
    --inside_;
    bytes_inside_ -= bytes;
  }
  room_.notify_one();
  if (limits_.overflow == Overflow::kBlock) {
    check_quiet();  // by bytes, the run may still be full
    return;
  }
  const std::scoped_lock one(admission_);
  std::unique_ptr<Item> next;
  {
    const std::scoped_lock lock(mutex_);
    next = take_newest();
  }
  admit(std::move(next));
}

/// An item that waits is not admitted by this, but by the next that comes or goes.
void Entrance::set_in_flight(int most) {
  {
    const std::scoped_lock lock(mutex_);
    in_flight_ = most;
  }
  room_.notify_all();
}

void Entrance::stop() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  room_.notify_all();
}

std::int64_t Entrance::live() const {
  const std::scoped_lock lock(mutex_);
  return inside_ + (newest_ ? 1 : 0);
}

std::int64_t Entrance::most_live() const {
  const std::scoped_lock lock(mutex_);
  return most_live_;
}

std::int64_t Entrance::entered() const {
  const std::scoped_lock lock(mutex_);
  return entered_;
}

std::int64_t Entrance::dropped() const {
  const std::scoped_lock lock(mutex_);
  return dropped_;
}

void Entrance::rest(int more) {
  const std::scoped_lock lock(mutex_);
  resting_ += more;
}

void Entrance::check_quiet() {
  {
    const std::scoped_lock lock(mutex_);
    if (!waiting_ || !full() || resting_ != inside_) return;
  }
  if (on_quiet) on_quiet();
}

}  // namespace heddle::pipeline
