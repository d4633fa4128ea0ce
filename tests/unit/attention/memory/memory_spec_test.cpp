#include "attention/memory/rolling_memory.h"

#include <gtest/gtest.h>

#include <limits>

namespace heddle::attention {
namespace {

MemorySpec sound_spec() {
  return {.kv_heads = 2, .key_dim = 8, .value_dim = 4, .block = 16, .long_blocks = 3, .top_k = 1};
}

TEST(MemorySpec, BytesCountEveryTierAndTheSummaries) {
  MemorySpec spec = sound_spec();
  const std::size_t row = 2 * (8 + 4) * 4;
  // 1 sink, 4 ring, and the long tier beside the ring: 4 + 3
  EXPECT_EQ(spec.bytes(), 12 * 16 * row + 2 * 8 * 16 * 4);
  spec.storage = DType::kBF16;
  spec.top_k = 0;
  EXPECT_EQ(spec.bytes(), 12 * 16 * row / 2);
  spec.long_blocks = 0;
  EXPECT_EQ(spec.bytes(), 5 * 16 * row / 2);
}

struct Wrong {
  std::string what;
  void (*harm)(MemorySpec& spec);
};
std::string name_of(const testing::TestParamInfo<Wrong>& wrong) { return wrong.param.what; }

class WrongSpec : public testing::TestWithParam<Wrong> {};

TEST_P(WrongSpec, IsRefused) {
  MemorySpec spec = sound_spec();
  EXPECT_NO_THROW(RollingMemory{spec});
  GetParam().harm(spec);
  EXPECT_THROW(RollingMemory{spec}, std::invalid_argument);
  EXPECT_THROW(spec.bytes(), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(
    Fields,
    WrongSpec,
    testing::Values(Wrong{"no_heads", [](MemorySpec& s) { s.kv_heads = 0; }},
                    Wrong{"no_key", [](MemorySpec& s) { s.key_dim = 0; }},
                    Wrong{"no_value", [](MemorySpec& s) { s.value_dim = -1; }},
                    Wrong{"no_block", [](MemorySpec& s) { s.block = 0; }},
                    Wrong{"no_ring", [](MemorySpec& s) { s.ring_blocks = 0; }},
                    Wrong{"negative_sinks", [](MemorySpec& s) { s.sink_blocks = -1; }},
                    Wrong{"negative_top_k", [](MemorySpec& s) { s.top_k = -1; }},
                    Wrong{"every_zeroth", [](MemorySpec& s) { s.every_nth = 0; }},
                    Wrong{"integer_storage", [](MemorySpec& s) { s.storage = DType::kI32; }},
                    Wrong{"negative_theta", [](MemorySpec& s) { s.rotary_theta = -1; }},
                    Wrong{"infinite_theta",
                          [](MemorySpec& s) {
                            s.rotary_theta = std::numeric_limits<double>::infinity();
                          }},
                    Wrong{"odd_rotary",
                          [](MemorySpec& s) {
                            s.rotary_theta = 10;
                            s.key_dim = 7;
                          }},
                    Wrong{"rotary_every_nth",
                          [](MemorySpec& s) {
                            s.rotary_theta = 10;
                            s.admission = Admission::kEveryNth;
                          }},
                    Wrong{"fast_tier_too_small_for_its_heads",
                          [](MemorySpec& s) {
                            s.top_k = 2;
                            s.external.blocks = 12;
                          }},
                    Wrong{"too_large",
                          [](MemorySpec& s) {
                            s.block = 1 << 20;
                            s.long_blocks = 1 << 30;
                          }}),
    name_of);

}  // namespace
}  // namespace heddle::attention
