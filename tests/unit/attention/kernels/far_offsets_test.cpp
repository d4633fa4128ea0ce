// Operands of more than 2^31 elements, in memory that is only reserved: the tiles that are read lie
// at its end.
#include "attention/backend/backend.h"
#include "attention/patterns/pattern.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cmath>
#include <cstring>

namespace heddle::attention {
namespace {

constexpr std::int64_t kHeads = 2;
constexpr std::int64_t kDim = 8;
constexpr std::int64_t kNear = 1000;                             // keys that hold something
constexpr std::int64_t kRows = (std::int64_t{1} << 28) + kNear;  // a head: 2^31 elements and more

/// (kHeads, kRows, kDim) f32, zeros until written.
class Reserved {
 public:
  Reserved() {
    memory_ = mmap(nullptr,
                   kBytes,
                   PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1,
                   0);
  }
  ~Reserved() {
    if (there()) munmap(memory_, kBytes);
  }
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;
  bool there() const { return memory_ != MAP_FAILED; }
  TensorView view() const { return view_of(static_cast<float*>(memory_), {kHeads, kRows, kDim}); }

 private:
  static constexpr std::size_t kBytes = kHeads * kRows * kDim * sizeof(float);
  void* memory_ = nullptr;
};

float element(int seed, std::int64_t i) { return std::sin(static_cast<float>(i * 13 + seed)); }

Tensor small(int seed) {
  Tensor made(DType::kF32, {kHeads, kNear, kDim});
  for (std::int64_t i = 0; i < made.view().size(); ++i) {
    made.view().as<float>()[i] = element(seed, i);
  }
  return made;
}

class FarOffsets : public testing::TestWithParam<const char*> {};

TEST_P(FarOffsets, KeysValuesAndOutputsBeyondTwoToTheThirtyOneElementsGiveTheSameBits) {
  const Reserved keys;
  const Reserved values;
  const Reserved out;
  if (!keys.there() || !values.there() || !out.there()) {
    GTEST_SKIP() << "no 3 x 17 GB of address space can be reserved here";
  }
  constexpr std::int64_t kFirst = kRows - kNear;
  const Tensor near_keys = small(1);
  const Tensor near_values = small(2);
  const Tensor queries = small(3);
  copy(near_keys.view(), keys.view().slice(1, kFirst, kNear));
  copy(near_values.view(), values.view().slice(1, kFirst, kNear));
  const Pattern pattern = window(200, Direction::kCausal);
  const Backend& tested = backend(GetParam());

  const BlockPlan far = plan(pattern, {kHeads, kFirst, kNear, 0, kRows, 64, 64});
  const TensorView asked = queries.view();
  const KeySegment segment{keys.view(), values.view()};
  const TensorView got = out.view().slice(1, kFirst, kNear);
  tested.attention({&far, {&asked, 1}, {&segment, 1}, 0.5f, got, {}});

  // The window of the first queries reaches zeros before the near keys: leave those queries out.
  const Tensor wanted(DType::kF32, {kHeads, kNear, kDim});
  const BlockPlan close = plan(pattern, {kHeads, kFirst, kNear, kFirst, kNear, 64, 64});
  const KeySegment near{near_keys.view(), near_values.view()};
  tested.attention({&close, {&asked, 1}, {&near, 1}, 0.5f, wanted.view(), {}});
  for (int head = 0; head < kHeads; ++head) {
    for (std::int64_t row = 200; row < kNear; ++row) {
      EXPECT_EQ(std::memcmp(got.at(0, head).at(0, row).data,
                            wanted.view().at(0, head).at(0, row).data,
                            kDim * sizeof(float)),
                0)
          << "head " << head << " row " << row;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryBackEnd,
                         FarOffsets,
                         testing::Values("cpu", "reference"),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace heddle::attention
