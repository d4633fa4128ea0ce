#include "io/snapshot.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

struct Inner {
  std::string name;
  std::optional<double> value;
  void snapshot(Snapshot& s) { s(name, value); }
};

struct Kept {
  int number = 0;
  std::vector<Inner> inner;
  std::deque<std::int64_t> queue;
  std::map<std::string, std::vector<std::uint8_t>> by_name;
  std::set<std::string> names;
  std::unordered_set<std::int64_t> ids;
  std::vector<bool> flags;
  std::array<int, 3> numbers{};
  std::multimap<int, std::string> many;

  void snapshot(Snapshot& s) { s(number, inner, queue, by_name, names, ids, flags, numbers, many); }
};

Kept some() {
  Kept kept;
  kept.number = 7;
  kept.inner = {{"a", 1.5}, {"b", std::nullopt}};
  kept.queue = {3, 1};
  kept.by_name = {{"x", {1, 2}}, {"y", {}}};
  kept.names = {"n", "m"};
  kept.ids = {5, 6, 7};
  kept.flags = {true, false, true};
  kept.numbers = {4, 5, 6};
  kept.many = {{1, "b"}, {1, "a"}, {0, "c"}};
  return kept;
}

std::string bytes_of(Kept kept) {
  Snapshot snapshot;
  snapshot(kept);
  return snapshot.take();
}

TEST(Snapshot, PutsBackWhatItTookUp) {
  const std::string bytes = bytes_of(some());
  Kept back;
  back.by_name = {{"old", {9}}};
  back.flags = {true};
  Snapshot snapshot(bytes);
  snapshot(back);
  snapshot.end();
  const Kept kept = some();
  EXPECT_EQ(back.number, kept.number);
  ASSERT_EQ(back.inner.size(), 2u);
  EXPECT_EQ(back.inner[0].value, kept.inner[0].value);
  EXPECT_EQ(back.inner[1].value, std::nullopt);
  EXPECT_EQ(back.queue, kept.queue);
  EXPECT_EQ(back.by_name, kept.by_name);
  EXPECT_EQ(back.names, kept.names);
  EXPECT_EQ(back.ids, kept.ids);
  EXPECT_EQ(back.flags, kept.flags);
  EXPECT_EQ(back.numbers, kept.numbers);
  EXPECT_EQ(back.many, kept.many);
}

TEST(Snapshot, ThatIsCutShortAnywhereIsAnError) {
  const std::string bytes = bytes_of(some());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    Kept back;
    Snapshot snapshot(std::string_view(bytes).substr(0, length));
    EXPECT_THROW(snapshot(back), SnapshotError) << length;
  }
}

TEST(Snapshot, ThatIsTooLongIsAnError) {
  const std::string bytes = bytes_of(some()) + "x";
  Kept back;
  Snapshot snapshot(bytes);
  snapshot(back);
  EXPECT_THROW(snapshot.end(), SnapshotError);
}

TEST(Snapshot, OfManyElementsThatAreNotThereAsksForNoMemory) {
  std::string bytes(8, '\xff');
  std::vector<std::int64_t> values;
  Snapshot snapshot(bytes);
  EXPECT_THROW(snapshot(values), SnapshotError);
}

}  // namespace
}  // namespace heddle::io
