#include "app/serve/event_ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>
#include <vector>

namespace heddle::app::serve {
namespace {

/// The ring's law, as plainly as it can be written.
struct PlainRing {
  std::deque<Event> events;

  std::vector<Event> after(std::int64_t id, std::size_t most_bytes) const {
    std::vector<Event> found;
    std::size_t bytes = 0;
    for (const Event& event : events) {
      if (event.id <= id) continue;
      bytes += event.data.size();
      if (!found.empty() && bytes > most_bytes) break;
      found.push_back(event);
    }
    return found;
  }
  std::vector<Event> newest(std::size_t most_bytes) const {
    std::vector<Event> found;
    std::size_t bytes = 0;
    for (auto at = events.rbegin(); at != events.rend(); ++at) {
      bytes += at->data.size();
      if (bytes > most_bytes) break;
      found.insert(found.begin(), *at);
    }
    return found;
  }
};

void expect_same(const std::vector<Event>& got, const std::vector<Event>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].id, expected[i].id);
    ASSERT_EQ(got[i].type, expected[i].type);
    ASSERT_EQ(got[i].data, expected[i].data);
  }
}

/// Most are short, some fill a good part of a block, a few are longer than one.
std::string some_text(std::mt19937& random) {
  constexpr std::size_t kBlock = EventRing::kBlock;
  const std::size_t kind = random() % 50;
  const std::size_t most = kind == 0 ? 2 * kBlock : kind < 10 ? kBlock / 3 : 900;
  return std::string(random() % most, static_cast<char>('a' + random() % 26));
}

TEST(EventRing, HoldsWhatAPlainOneHolds) {
  std::mt19937 random(7);
  EventRing ring;
  PlainRing plain;
  std::int64_t id = 0;
  for (int step = 0; step < 1500; ++step) {
    if (random() % 5 < 3 || plain.events.empty()) {
      id += random() % 20 == 0 ? 1000 : 1;
      plain.events.push_back({id, random() % 2 == 0 ? "stats" : "", some_text(random)});
      ring.push_back(id, plain.events.back().type, plain.events.back().data);
    } else {
      plain.events.pop_front();
      ring.pop_front();
    }
    ASSERT_EQ(ring.size(), plain.events.size());
    const std::int64_t from = static_cast<std::int64_t>(random() % (id + 2)) - 1;
    const std::size_t most = random() % (3 * EventRing::kBlock);
    expect_same(ring.after(from, most), plain.after(from, most));
    expect_same(ring.newest(most), plain.newest(most));
    const auto next = plain.after(from, 0);
    ASSERT_EQ(ring.first_after(from), next.empty() ? 0 : next.front().id);
  }
  while (!ring.empty()) ring.pop_front();
  EXPECT_EQ(ring.bytes(), 0u);
}

}  // namespace
}  // namespace heddle::app::serve
