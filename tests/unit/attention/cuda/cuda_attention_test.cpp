// The CUDA kernels beside the reference, over random plans and hostile inputs. Skipped, saying why,
// where no GPU can be used.

#include "attention/backend/cuda/attention.h"
#include "attention/backend/cuda/module_loader.h"
#include "attention/backend/reference/attention.h"
#include "attention/patterns/pattern.h"
#include "tests/unit/attention/kernels/attention_case.h"

#include <gtest/gtest.h>

#include <cmath>

namespace heddle::attention::kernel_tests {
namespace {

template <cuda::Path kPath>
void on_device(const AttentionArgs& args) {
  cuda::attention(args, kPath);
}

constexpr AttentionFunction kHopper = on_device<cuda::Path::kHopper>;
constexpr AttentionFunction kPortable = on_device<cuda::Path::kPortable>;
constexpr AttentionFunction kSimple = on_device<cuda::Path::kSimple>;
constexpr AttentionFunction kAuto = on_device<cuda::Path::kAuto>;

struct DeviceCase {
  CaseShape shape;
  AttentionFunction attention;
};

std::string name_of(const DeviceCase& tested) {
  const bool bf16 = tested.shape.dtype == DType::kBF16;
  const std::string type = bf16 ? "BFloat16" : tested.shape.dtype == DType::kF16 ? "Half" : "Float";
  const std::string path = tested.attention == kHopper     ? "Hopper"
                           : tested.attention == kPortable ? "Portable"
                           : tested.attention == kSimple   ? "Simple"
                                                           : "Auto";
  return path + type + tested.shape.name;
}

void PrintTo(const DeviceCase& tested, std::ostream* out) { *out << name_of(tested); }

/// True where this machine can run the path; otherwise the test is skipped.
bool can_run(AttentionFunction attention) {
  const cuda::LoadedModule& module = cuda::loaded_module();
  if (!module.api) return false;
  const bool hopper = module.device.find("capability 9.") != std::string::npos;
  return attention != kHopper || hopper;
}

#define SKIP_WITHOUT_DEVICE(attention)                                          \
  if (!can_run(attention)) {                                                    \
    GTEST_SKIP() << (cuda::loaded_module().api ? "needs a Hopper GPU"           \
                                               : cuda::loaded_module().reason); \
  }

class CudaAttention : public testing::TestWithParam<DeviceCase> {};

TEST_P(CudaAttention, AgreesWithTheReferenceOnRandomPlans) {
  SKIP_WITHOUT_DEVICE(GetParam().attention);
  for (const std::uint64_t seed : {1, 2, 3}) {
    std::mt19937_64 random(seed);
    const AttentionCase small(GetParam().shape, seed);
    const BlockPlan plan = random_plan(GetParam().shape, random);
    expect_close(
        small, small.run(GetParam().attention, plan), small.run(reference::attention, plan));
  }
}

TEST_P(CudaAttention, GivesTheSameBitsAgain) {
  SKIP_WITHOUT_DEVICE(GetParam().attention);
  std::mt19937_64 random(5);
  const AttentionCase small(GetParam().shape, 5);
  const BlockPlan plan = random_plan(GetParam().shape, random);
  const Result once = small.run(GetParam().attention, plan);
  expect_same_bits(once, small.run(GetParam().attention, plan), 0);
}

/// THE LIST of shapes that the fast paths take.
std::vector<CaseShape> fast_shapes() {
  return {{.name = "OneHead", .heads = 1, .kv_heads = 1},
          {.name = "GroupedHeads", .heads = 6, .kv_heads = 2},
          {.name = "PlanForEachHead", .plan_heads = 4},
          {.name = "TwoSegmentsCutInABlock", .cut = 205},
          {.name = "Dim32", .key_dim = 32, .value_dim = 32},
          {.name = "Dim96", .key_dim = 96, .value_dim = 96},
          {.name = "Dim128", .key_dim = 128, .value_dim = 128},
          {.name = "Keys128Values64", .key_dim = 128, .value_dim = 64},
          {.name = "Interleaved", .cut = 130, .interleaved = true},
          {.name = "SmallBlocks", .query_block = 16, .key_block = 16},
          {.name = "OddBlocks", .query_block = 24, .key_block = 40},
          {.name = "WideBlocks", .cut = 201, .query_block = 128, .key_block = 256},
          {.name = "OneQuery", .first_query = 131, .queries = 1},
          {.name = "ManyKeys", .heads = 2, .first_query = 0, .queries = 257, .keys = 9000},
          {.name = "ManyKeysDim128",
           .heads = 2,
           .first_query = 0,
           .queries = 257,
           .keys = 9000,
           .key_dim = 128,
           .value_dim = 128}};
}

std::vector<DeviceCase> fast_cases() {
  std::vector<DeviceCase> cases;
  for (const CaseShape& shape : fast_shapes()) {
    for (AttentionFunction attention : {kHopper, kPortable}) {
      for (DType dtype : {DType::kBF16, DType::kF16}) {
        DeviceCase made{shape, attention};
        made.shape.dtype = dtype;
        cases.push_back(made);
      }
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Fast,
                         CudaAttention,
                         testing::ValuesIn(fast_cases()),
                         [](const auto& tested) { return name_of(tested.param); });

INSTANTIATE_TEST_SUITE_P(
    Other,
    CudaAttention,
    testing::Values(
        DeviceCase{{.name = "TwoQuerySets", .cut = 205, .query_sets = 2, .dtype = DType::kBF16},
                   kPortable},
        DeviceCase{{.name = "TwoQuerySets", .cut = 205, .query_sets = 2, .dtype = DType::kF16},
                   kAuto},
        DeviceCase{{.name = "OneHead", .heads = 1, .kv_heads = 1}, kSimple},
        DeviceCase{{.name = "GroupedHeads", .heads = 6, .kv_heads = 2}, kSimple},
        DeviceCase{{.name = "TwoQuerySets", .cut = 205, .query_sets = 2}, kSimple},
        DeviceCase{{.name = "Dim4Values12", .key_dim = 4, .value_dim = 12}, kAuto},
        DeviceCase{{.name = "OddBlocks", .query_block = 24, .key_block = 40}, kAuto},
        DeviceCase{{.name = "Interleaved", .cut = 130, .interleaved = true}, kAuto},
        DeviceCase{{.name = "ManyKeys", .heads = 2, .first_query = 0, .queries = 65, .keys = 9000},
                   kSimple},
        DeviceCase{{.name = "Dim20", .key_dim = 20, .value_dim = 12, .dtype = DType::kF16}, kAuto}),
    [](const auto& tested) { return name_of(tested.param); });

class EveryPath : public testing::TestWithParam<DeviceCase> {};

INSTANTIATE_TEST_SUITE_P(
    Paths,
    EveryPath,
    testing::Values(DeviceCase{{.dtype = DType::kBF16}, kHopper},
                    DeviceCase{{.key_dim = 128, .value_dim = 128, .dtype = DType::kBF16}, kHopper},
                    DeviceCase{{.dtype = DType::kF16}, kHopper},
                    DeviceCase{{.dtype = DType::kBF16}, kPortable},
                    DeviceCase{{.dtype = DType::kF16}, kPortable},
                    DeviceCase{{.dtype = DType::kF32}, kSimple}),
    [](const auto& tested) {
      return name_of(tested.param) + std::to_string(tested.param.shape.key_dim);
    });

TEST_P(EveryPath, GivesZeroAndMinusInfinityWhereAQueryHasNoKey) {
  SKIP_WITHOUT_DEVICE(GetParam().attention);
  CaseShape shape = GetParam().shape;
  shape.first_query = 0;
  shape.queries = shape.keys = 300;
  const AttentionCase dense(shape, 3);
  BlockPlan empty = plan(parse_pattern("window(0)"), {.queries = 300, .keys = 300});
  empty.runs.erase(empty.runs.begin());
  for (std::size_t i = 1; i < empty.row_begin.size(); ++i) --empty.row_begin[i];
  build_work_list(empty);
  const Result got = dense.run(GetParam().attention, empty);
  for (std::int64_t i = 0; i < 64 * shape.value_dim; ++i) EXPECT_EQ(got.values()[i], 0);
  EXPECT_EQ(got.log_sum_exp.view().as<float>()[0], -INFINITY);
  expect_close(dense, got, dense.run(reference::attention, empty));
}

TEST_P(EveryPath, StandsLogitsInTheTensOfThousands) {
  SKIP_WITHOUT_DEVICE(GetParam().attention);
  CaseShape shape = GetParam().shape;
  shape.spread = 80;
  std::mt19937_64 random(7);
  const AttentionCase steep(shape, 7);
  const BlockPlan plan = random_plan(shape, random);
  const Result got = steep.run(GetParam().attention, plan);
  const Result wanted = steep.run(reference::attention, plan);
  for (const float x : got.values()) ASSERT_TRUE(std::isfinite(x));
  const float* a = got.log_sum_exp.view().as<float>();
  const float* b = wanted.log_sum_exp.view().as<float>();
  for (std::int64_t i = 0; i < got.log_sum_exp.view().size(); ++i) {
    if (std::isfinite(b[i])) {
      ASSERT_NEAR(a[i], b[i], 1e-2 + 1e-5 * std::fabs(b[i]));
    }
  }
}

TEST_P(EveryPath, WeighsEqualKeysEqually) {
  SKIP_WITHOUT_DEVICE(GetParam().attention);
  CaseShape shape = GetParam().shape;
  shape.spread = 0;
  shape.first_query = 0;
  shape.keys = shape.cut = 777;
  const AttentionCase flat(shape, 9);
  const BlockPlan dense = plan(parse_pattern("dense()"), {.queries = shape.queries, .keys = 777});
  expect_close(flat, flat.run(GetParam().attention, dense), flat.run(reference::attention, dense));
}

/// Patterns as users write them, at a size where rows are split.
TEST_P(EveryPath, AgreesOnEveryPattern) {
  SKIP_WITHOUT_DEVICE(GetParam().attention);
  CaseShape shape = GetParam().shape;
  shape.heads = shape.kv_heads = 1;
  shape.first_query = 0;
  shape.queries = shape.keys = shape.cut = 1500;
  const AttentionCase whole(shape, 11);
  for (const char* pattern : {"dense()",
                              "dense(causal)",
                              "window(200)",
                              "window(256,causal)",
                              "window(100) | global(0:70)",
                              "window(64) | global(0:64) | random(3,seed=7,block=64)",
                              "strided(17,causal)",
                              "dilated(9,5)",
                              "block_local(100)"}) {
    const BlockPlan made = plan(parse_pattern(pattern), {.queries = 1500, .keys = 1500});
    SCOPED_TRACE(pattern);
    expect_close(
        whole, whole.run(GetParam().attention, made), whole.run(reference::attention, made));
  }
}

TEST(CudaAttention, RefusesAPathThatCannotRunTheOperands) {
  SKIP_WITHOUT_DEVICE(kAuto);
  const CaseShape shape{.name = "F32"};
  std::mt19937_64 random(1);
  const AttentionCase wide(shape, 1);
  const BlockPlan plan = random_plan(shape, random);
  EXPECT_THROW(wide.run(kHopper, plan), std::runtime_error);
}

}  // namespace
}  // namespace heddle::attention::kernel_tests
