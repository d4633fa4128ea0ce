#include "pipeline/training/prefetched_source.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace heddle::pipeline {
namespace {

using attention::DType;
using attention::Tensor;
using attention::train::Batch;
using attention::train::SampleKey;

constexpr std::int64_t kRows = 5, kColumns = 2;

/// Writes its key into each sample; counts, and fails or is slow where it is told to.
class Numbers : public attention::train::BatchSource {
 public:
  int columns() const override { return kColumns; }
  void fill(const SampleKey& key, const Batch& batch) const override {
    ++made;
    if (key.step == fails_at_step) throw std::runtime_error("step 3 is broken");
    if (slow) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    auto* values = batch.inputs.at("x").as<float>();
    for (std::int64_t i = 0; i < kRows; ++i) {
      values[i] = static_cast<float>(key.seed * 10000) +
                  static_cast<float>(key.step * 100 + key.index * 10 + i);
    }
    auto* labels = batch.labels.as<std::uint8_t>();
    for (std::int64_t i = 0; i < kRows * kColumns; ++i) {
      labels[i] = static_cast<std::uint8_t>(key.step + key.index + i);
    }
  }
  std::int64_t validation_samples() const override { return 3; }
  void fill_validation(std::int64_t index, const Batch& batch) const override {
    fill({0, 0, index}, batch);
  }

  mutable std::atomic<std::int64_t> made = 0;
  std::int64_t fails_at_step = -1;
  bool slow = false;
};

struct Filled {
  std::vector<float> values;
  std::vector<std::uint8_t> labels;
  bool operator==(const Filled&) const = default;
};

Filled sample(const attention::train::BatchSource& from, const SampleKey& key) {
  Tensor x(DType::kF32, {kRows}), labels(DType::kU8, {kRows, kColumns});
  from.fill(key, Batch{{{"x", x.view()}}, labels.view()});
  const auto* values = x.view().as<float>();
  const auto* marks = labels.view().as<std::uint8_t>();
  return {{values, values + kRows}, {marks, marks + kRows * kColumns}};
}

/// Until `holds`, or ten seconds: threads are given time, nothing is timed.
template <class Holds>
bool in_time(const Holds& holds) {
  for (int i = 0; i < 10000 && !holds(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return holds();
}

TEST(Prefetched, SamplesInOrderAreThoseOfTheSourceAndMadeAhead) {
  const Numbers twin;
  for (const int threads : {1, 3}) {
    const Numbers source;
    const PrefetchedSource ahead(source, {.batch = 4, .threads = threads, .ahead = 8});
    for (std::int64_t step = 7; step < 40; ++step) {
      for (std::int64_t i = 0; i < 4; ++i) {
        ASSERT_EQ(sample(ahead, {2, step, i}), sample(twin, {2, step, i})) << step << " " << i;
        if (step > 7 || i > 0) continue;
        ASSERT_TRUE(in_time([&] { return source.made == 1 + 8; }));
      }
    }
    EXPECT_GE(ahead.taken_from_ahead(), 8);
  }
}

TEST(Prefetched, NoMoreSamplesAreMadeAheadThanAllowed) {
  const Numbers source;
  const PrefetchedSource ahead(source, {.batch = 2, .threads = 3, .ahead = 5});
  EXPECT_EQ(source.made, 0) << "shapes are not known yet";
  static_cast<void>(sample(ahead, {1, 0, 0}));
  ASSERT_TRUE(in_time([&] { return source.made == 1 + 5; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(source.made, 1 + 5);
  static_cast<void>(sample(ahead, {1, 0, 1}));
  EXPECT_TRUE(in_time([&] { return source.made == 2 + 5; }));
}

TEST(Prefetched, KeysOutOfOrderFarAwayOrOfAnotherSeedAreTheirOwnSamples) {
  Numbers source;
  source.slow = true;  // so that callers come before, while and after a sample is made
  const PrefetchedSource ahead(source, {.batch = 3, .threads = 2, .ahead = 6});
  const std::vector<SampleKey> keys = {{1, 0, 0},
                                       {1, 1, 1},
                                       {1, 0, 2},
                                       {1, 0, 2},
                                       {1, 50, 0},
                                       {1, 50, 2},
                                       {1, 1, 1},
                                       {9, 50, 1},
                                       {1, 50, 1},
                                       {1, 51, 0},
                                       {1, 2, 0},
                                       {1, 9, 1},
                                       {1, 60, 0},
                                       {1, 60, 1},
                                       {1, 0, 7}};
  for (const SampleKey& key : keys) {
    EXPECT_EQ(sample(ahead, key), sample(source, key)) << key.step << " " << key.index;
  }
}

TEST(Prefetched, CallersFromManyThreadsGetTheirOwnSamples) {
  Numbers source;
  source.slow = true;
  const PrefetchedSource ahead(source, {.batch = 8, .threads = 3, .ahead = 16});
  const Numbers twin;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      for (std::int64_t step = 0; step < 25; ++step) {
        for (std::int64_t i = caller; i < 8; i += 4) {
          const SampleKey key{1, caller == 3 ? step / 2 : step, i};  // one lags, and asks twice
          if (sample(ahead, key) != sample(twin, key)) ++wrong;
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(ahead.taken_from_ahead(), 0);
}

TEST(Prefetched, AFaultReachesWhoAsksForItsKeyAndNobodyElse) {
  Numbers source;
  source.fails_at_step = 3;
  const PrefetchedSource ahead(source, {.batch = 2, .threads = 2, .ahead = 16});
  for (std::int64_t step = 0; step < 6; ++step) {
    if (step == 3) {
      EXPECT_THROW(sample(ahead, {1, step, 0}), std::runtime_error);
      EXPECT_THROW(sample(ahead, {1, step, 1}), std::runtime_error);
    } else {
      EXPECT_NO_THROW(sample(ahead, {1, step, 0}));
    }
  }
}

TEST(Prefetched, ASampleOfOtherShapesIsFilledByTheSource) {
  const Numbers source;
  const PrefetchedSource ahead(source, {.batch = 2, .threads = 1, .ahead = 4});
  static_cast<void>(sample(ahead, {1, 0, 0}));
  Tensor x(DType::kF32, {kRows + 1}), labels(DType::kU8, {kRows, kColumns});
  ahead.fill({1, 0, 1}, Batch{{{"x", x.view()}}, labels.view()});
  EXPECT_EQ(x.view().as<float>()[0], 10010.0f);
}

TEST(Prefetched, ValidationIsPassedOn) {
  const Numbers source;
  const PrefetchedSource ahead(source, {.batch = 2, .threads = 1, .ahead = 4});
  EXPECT_EQ(ahead.validation_samples(), 3);
  EXPECT_EQ(ahead.columns(), kColumns);
  Tensor x(DType::kF32, {kRows}), labels(DType::kU8, {kRows, kColumns});
  ahead.fill_validation(2, Batch{{{"x", x.view()}}, labels.view()});
  EXPECT_EQ(x.view().as<float>()[0], 20.0f);
}

TEST(Prefetched, SettingsBelowOneAreRefused) {
  const Numbers source;
  EXPECT_THROW(PrefetchedSource(source, {.batch = 0}), std::invalid_argument);
  EXPECT_THROW(PrefetchedSource(source, {.threads = 0}), std::invalid_argument);
  EXPECT_THROW(PrefetchedSource(source, {.ahead = 0}), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
