#pragma once
// Events in order, end to end in blocks of memory that are theirs alone: a daemon's heap, in which
// frames and answers come and go, would else be pinned everywhere by the small texts that stay.
// Let go of from the front; a block goes back to the system with its last event. Threads: one
// caller at a time.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::app::serve {

struct Event {
  std::int64_t id = 0;
  std::string type;       // "tracks", "feature", "gap", "state", ...
  std::string data;       // one line of JSON
  std::int64_t wall = 0;  // milliseconds since 1970 when it was told; 0: `data` says it
};

class EventRing {
 public:
  /// Of a block, but for an event that alone is longer. As much as makes the C library ask the
  /// system for it by itself (heap.h); only pages that were written count as memory.
  static constexpr std::size_t kBlock = std::size_t{256} << 10;

  /// Ids must rise.
  void push_back(std::int64_t id,
                 std::string_view type,
                 std::string_view data,
                 std::int64_t wall = 0);
  void pop_front();

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  /// What the events take, with what is kept beside their texts.
  std::size_t bytes() const { return bytes_; }
  /// The first id above `id`; 0: there is none.
  std::int64_t first_after(std::int64_t id) const;
  /// Copies of the events above `id`, oldest first, until their texts would be more than
  /// `most_bytes`; at least one where there is one.
  std::vector<Event> after(std::int64_t id, std::size_t most_bytes) const;
  /// The newest whose texts are at most `most_bytes`, oldest first.
  std::vector<Event> newest(std::size_t most_bytes) const;

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t room = 0;
    std::size_t begin = 0, end = 0;  // of what is held
    std::int64_t last_id = 0;
  };
  struct Place {  // of an event
    std::size_t block = 0, at = 0;
  };
  /// Of the first event above `id`; behind the last one where there is none.
  Place above(std::int64_t id) const;
  void go_on(Place& place) const;
  bool is_end(const Place& place) const { return place.block == blocks_.size(); }

  std::deque<Block> blocks_;  // none is empty
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace heddle::app::serve
