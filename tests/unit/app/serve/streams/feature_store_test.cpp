#include "app/serve/streams/feature_store.h"

#include <gtest/gtest.h>
#include <malloc.h>

namespace heddle::app::serve {
namespace {

Feature feature(const std::string& sequence, std::int64_t begin, std::int64_t end) {
  return {sequence, begin, end, R"({"begin":)" + std::to_string(begin) + "}"};
}

void add_hundred(FeatureStore& store) {
  store.add_sequence("c", 10000);
  for (std::int64_t i = 0; i < 100; ++i) store.add(feature("c", 100 * i, 100 * i + 50));
}

TEST(FeatureStore, GivesWhatOverlapsARange) {
  FeatureStore store(1 << 20);
  store.add(feature("c", 300, 400));
  store.add(feature("c", 100, 200));
  store.add(feature("c", 200, 300));
  const auto found = store.range("c", 150, 300, 10);
  EXPECT_EQ(found["features"], (nlohmann::json{{{"begin", 100}}, {{"begin", 200}}}));
}

TEST(FeatureStore, CountsInBinsWhatIsTooMany) {
  FeatureStore store(1 << 20);
  add_hundred(store);
  const auto found = store.range("c", 0, 0, 10);
  EXPECT_FALSE(found.contains("features"));
  EXPECT_EQ(found["bin_width"], 1000);
  EXPECT_EQ(found["bins"], nlohmann::json(std::vector<int>(10, 10)));
}

TEST(FeatureStore, KnowsNoOtherSequence) {
  FeatureStore store(1 << 20);
  EXPECT_TRUE(store.range("c", 0, 10, 10).is_null());
}

TEST(FeatureStore, ForgetsTheOldestBeyondItsBytes) {
  FeatureStore store(10000);
  for (std::int64_t i = 0; i < 1000; ++i) store.add(feature("c", i, i + 1));
  EXPECT_LE(store.bytes(), 10000U);
  const auto found = store.range("c", 0, 1000, 1000);
  EXPECT_EQ(found["features"].back()["begin"], 999);
  EXPECT_GT(found["features"].front()["begin"], 800);
}

TEST(FeatureStore, ForgetsReadsWithoutFeatures) {
  FeatureStore store(1 << 20);
  for (int i = 0; i < 5000; ++i) store.add_sequence("read" + std::to_string(i), 100);
  EXPECT_LT(store.sequences().size(), 1100U);
  EXPECT_EQ(store.sequences().back()["name"], "read4999");
}

TEST(FeatureStore, ForgetsReadsWithoutFeaturesAlsoBehindOneThatHasSome) {
  FeatureStore store(std::size_t{1} << 30);
  store.add(feature("first", 0, 10));
  for (int i = 0; i < 5000; ++i) store.add_sequence("read" + std::to_string(i), 100);
  EXPECT_LT(store.sequences().size(), 1100U);
  EXPECT_EQ(store.sequences().front()["name"], "first");
  EXPECT_EQ(store.sequences().back()["name"], "read4999");
}

TEST(FeatureStore, KeepsToItsBytesWhereOnlySequencesCome) {
  FeatureStore store(100'000);
  store.add(feature("first", 0, 10));
  for (int i = 0; i < 900; ++i) store.add_sequence(std::string(1000, 'x') + std::to_string(i), 1);
  EXPECT_LE(store.bytes(), 100'000U);
}

TEST(FeatureStore, CountsWhatSequencesTakeInTruth) {
  FeatureStore store(std::size_t{1} << 30);
  const auto before = ::mallinfo2().uordblks;
  for (int i = 0; i < 1000; ++i) store.add_sequence("read" + std::to_string(i), 100);
  EXPECT_GE(store.bytes(), ::mallinfo2().uordblks - before);
}

TEST(FeatureStore, GoesOnFromItsSnapshot) {
  FeatureStore store(1 << 20);
  add_hundred(store);
  io::Snapshot taken;
  store.snapshot(taken, 1 << 20);
  FeatureStore again(1 << 20);
  const std::string bytes = taken.take();
  io::Snapshot back(bytes);
  again.snapshot(back, 1 << 20);
  back.end();
  EXPECT_EQ(again.range("c", 0, 0, 1000), store.range("c", 0, 0, 1000));
  EXPECT_EQ(again.sequences(), store.sequences());
  EXPECT_EQ(again.bytes(), store.bytes());
}

}  // namespace
}  // namespace heddle::app::serve
