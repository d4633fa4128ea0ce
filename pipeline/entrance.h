#pragma once
// The limiter at the entrance: bounds what is inside by count and by bytes. A token travels inside
// its message and goes back on every path when the message dies, so a lost token (a run that ends
// with work silently undone) cannot be written. Threads: offer() and finish() from the reader
// thread; release() from any.

#include "pipeline/item.h"
#include "pipeline/limits.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace heddle::pipeline {

class Entrance;

/// An item on its way, with its token. Created by the entrance, destroyed after the sinks.
class Message {
 public:
  Message(Entrance& entrance, std::unique_ptr<Item> item);
  ~Message();
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  Item& item() { return *item_; }
  std::int64_t lane_number = 0;  // order within the lane

  /// Gives the token back now. The item is gone afterwards.
  void finish();

 private:
  Entrance& entrance_;
  std::unique_ptr<Item> item_;
};
using MessagePtr = std::shared_ptr<Message>;

class Entrance {
 public:
  /// `admit` receives each admitted message, in order; it must not block.
  Entrance(const Limits& limits, std::function<void(MessagePtr)> admit);

  /// Waits (kBlock) until there is room for one more item, before it is even read. Returns false
  /// when stopped.
  bool wait_for_room();
  /// Hands over an item that was read: admitted now, or (kDropOldest, full) kept as the newest
  /// while the older waiting one is dropped.
  void offer(std::unique_ptr<Item> item);
  /// From now on; what is inside stays. From any thread.
  void set_in_flight(int most);
  /// Wakes a waiting reader for good.
  void stop();

  std::int64_t live() const;
  std::int64_t most_live() const;
  std::int64_t entered() const;
  std::int64_t dropped() const;
  /// Batchers and gates say how many more (or fewer) messages lie still in them.
  void rest(int more);
  /// Calls on_quiet when nothing can move by itself: the reader waits for room and every message
  /// inside lies still, in an incomplete batch or behind one in a gate. No lock may be held.
  void check_quiet();
  std::function<void()> on_quiet;

 private:
  friend class Message;
  void release(std::size_t bytes);
  bool full() const;
  void count_in(const Item& item);
  /// The waiting item, counted in, when there is room for it. mutex_ is held.
  std::unique_ptr<Item> take_newest();
  void drop_for(Item& next);
  /// Nothing when there is no item. admission_ is held.
  void admit(std::unique_ptr<Item> item);

  const Limits limits_;
  std::int64_t in_flight_;  // the most inside at once, now
  const std::function<void(MessagePtr)> admit_;
  mutable std::mutex mutex_;
  std::mutex admission_;  // one admission at a time keeps the order of entry
  std::condition_variable room_;
  std::unique_ptr<Item> newest_;  // kDropOldest: the one item that waits
  std::int64_t inside_ = 0;
  std::int64_t resting_ = 0;
  std::size_t bytes_inside_ = 0;
  std::int64_t most_live_ = 0;
  std::int64_t entered_ = 0;
  std::int64_t dropped_ = 0;
  bool waiting_ = false;
  bool stopped_ = false;
};

}  // namespace heddle::pipeline
