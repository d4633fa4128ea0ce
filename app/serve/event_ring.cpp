#include "app/serve/event_ring.h"

#include <algorithm>
#include <cstring>

namespace heddle::app::serve {
namespace {

/// In front of an event's texts, which follow one another.
struct Head {
  std::int64_t id = 0;
  std::int64_t wall = 0;
  std::uint32_t type = 0, data = 0;  // lengths
};

std::size_t bytes_of(const Head& head) {
  constexpr std::size_t kGrain = alignof(Head);
  const std::size_t texts = std::size_t{head.type} + head.data;
  return sizeof(Head) + (texts + kGrain - 1) / kGrain * kGrain;
}

Head head_at(const std::byte* at) {
  Head head;
  std::memcpy(&head, at, sizeof head);
  return head;
}

Event event_at(const std::byte* at) {
  const Head head = head_at(at);
  const auto* const texts = reinterpret_cast<const char*>(at + sizeof head);
  return {head.id, {texts, head.type}, {texts + head.type, head.data}, head.wall};
}

}  // namespace

void EventRing::push_back(std::int64_t id,
                          std::string_view type,
                          std::string_view data,
                          std::int64_t wall) {
  const Head head{
      id, wall, static_cast<std::uint32_t>(type.size()), static_cast<std::uint32_t>(data.size())};
  const std::size_t need = bytes_of(head);
  if (blocks_.empty() || blocks_.back().room - blocks_.back().end < need) {
    const std::size_t room = std::max(need, kBlock);
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(room), room});
  }
  Block& block = blocks_.back();
  std::byte* const to = block.bytes.get() + block.end;
  std::memcpy(to, &head, sizeof head);
  std::ranges::copy(type, reinterpret_cast<char*>(to + sizeof head));
  std::ranges::copy(data, reinterpret_cast<char*>(to + sizeof head) + type.size());
  block.end += need;
  block.last_id = id;
  ++count_;
  bytes_ += need;
}

void EventRing::pop_front() {
  Block& block = blocks_.front();
  const std::size_t bytes = bytes_of(head_at(block.bytes.get() + block.begin));
  block.begin += bytes;
  --count_;
  bytes_ -= bytes;
  if (block.begin == block.end) blocks_.pop_front();
}

EventRing::Place EventRing::above(std::int64_t id) const {
  const auto block = std::ranges::upper_bound(blocks_, id, {}, &Block::last_id);
  Place place{static_cast<std::size_t>(block - blocks_.begin()), 0};
  if (is_end(place)) return place;
  place.at = block->begin;
  while (head_at(block->bytes.get() + place.at).id <= id) go_on(place);
  return place;
}

void EventRing::go_on(Place& place) const {
  place.at += bytes_of(head_at(blocks_[place.block].bytes.get() + place.at));
  if (place.at < blocks_[place.block].end) return;
  ++place.block;
  place.at = is_end(place) ? 0 : blocks_[place.block].begin;
}

std::int64_t EventRing::first_after(std::int64_t id) const {
  const Place place = above(id);
  return is_end(place) ? 0 : head_at(blocks_[place.block].bytes.get() + place.at).id;
}

std::vector<Event> EventRing::after(std::int64_t id, std::size_t most_bytes) const {
  std::vector<Event> events;
  std::size_t bytes = 0;
  for (Place place = above(id); !is_end(place); go_on(place)) {
    const std::byte* const at = blocks_[place.block].bytes.get() + place.at;
    bytes += head_at(at).data;
    if (!events.empty() && bytes > most_bytes) break;
    events.push_back(event_at(at));
  }
  return events;
}

std::vector<Event> EventRing::newest(std::size_t most_bytes) const {
  std::vector<std::size_t> lengths;
  for (Place place = above(0); !is_end(place); go_on(place)) {
    lengths.push_back(head_at(blocks_[place.block].bytes.get() + place.at).data);
  }
  std::size_t skip = lengths.size();
  for (std::size_t bytes = 0; skip > 0 && bytes + lengths[skip - 1] <= most_bytes; --skip) {
    bytes += lengths[skip - 1];
  }
  Place place = above(0);
  for (std::size_t i = 0; i < skip; ++i) go_on(place);
  std::vector<Event> events;
  for (; !is_end(place); go_on(place)) {
    events.push_back(event_at(blocks_[place.block].bytes.get() + place.at));
  }
  return events;
}

}  // namespace heddle::app::serve
