// Blocks chosen on the device: the bytes of the host's plan, given scores and given operands, and
// attention over them. Skipped, saying why, where no GPU can be used.

#include "attention/backend/cuda/attention.h"
#include "attention/backend/cuda/device_selection.h"
#include "attention/backend/cuda/device_tensor.h"
#include "attention/backend/reference/attention.h"
#include "attention/selectors/selector.h"
#include "tests/unit/attention/cuda/device_case.h"
#include "tests/unit/attention/cuda/schedule_pairs.h"
#include "tests/unit/attention/cuda/selection_twin.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <string>

namespace heddle::attention::cuda {
namespace {

using kernel_tests::can_run;

Tensor drawn(DType dtype, std::int64_t heads, const SelectionShape& shape, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  const Tensor made(DType::kF32, {heads, shape.tokens, shape.dim});
  for (std::int64_t i = 0; i < made.view().size(); ++i) made.view().as<float>()[i] = normal(random);
  Tensor rounded(dtype, {heads, shape.tokens, shape.dim});
  copy(made.view(), rounded.view());
  return rounded;
}

void expect_same_rows(const BlockPlan& got, const BlockPlan& wanted) {
  ASSERT_EQ(got.row_begin, wanted.row_begin);
  ASSERT_EQ(got.runs.size(), wanted.runs.size());
  for (std::size_t i = 0; i < got.runs.size(); ++i) ASSERT_EQ(got.runs[i], wanted.runs[i]) << i;
}

/// THE LIST of shapes: torn ends, one query in the last group, blocks of one to eight chunks, more
/// than one word of blocks, everything and nothing chosen, several slabs of scores.
const SelectionShape kShapes[] = {
    {.heads = 1, .kv_heads = 1, .tokens = 1, .dim = 64},
    {.heads = 2, .kv_heads = 1, .tokens = 700, .dim = 64, .block = 64, .top = 3},
    {.heads = 2, .kv_heads = 2, .tokens = 1153, .dim = 128, .block = 64, .top = 4},
    {.heads = 4, .kv_heads = 2, .tokens = 5000, .dim = 64, .block = 64, .top = 16},
    {.heads = 2, .kv_heads = 2, .tokens = 4097, .dim = 96, .block = 128, .top = 3},
    {.heads = 1, .kv_heads = 1, .tokens = 3000, .dim = 128, .block = 192, .top = 2},
    {.heads = 2, .kv_heads = 1, .tokens = 2600, .dim = 128, .block = 512, .top = 3},
    {.heads = 1, .kv_heads = 1, .tokens = 2000, .dim = 32, .block = 128, .top = 1},
    {.heads = 1, .kv_heads = 1, .tokens = 2000, .dim = 32, .block = 64, .top = 99},
    {.heads = 1, .kv_heads = 1, .tokens = 150000, .dim = 8, .block = 64, .top = 9},
    {.heads = 4, .kv_heads = 2, .tokens = 300000, .dim = 8, .block = 128, .top = 33}};

class Selection : public testing::TestWithParam<int> {
 protected:
  const SelectionShape& shape() const { return kShapes[GetParam()]; }
};

TEST_P(Selection, IsTheHostsPlanGivenTheSameScores) {
  SKIP_WITHOUT_DEVICE(Path::kAuto);
  const ModuleApi& api = required_module();
  const DeviceSelection chosen(api, shape());
  const std::int64_t count = shape().heads * chosen.groups() * chosen.blocks();
  const std::vector<float> scores = hostile_scores(count, 7);
  const SelectionTwin twin(shape(), scores);
  const DeviceMemory memory(api, scores.size() * sizeof(float));
  require(api.to_device(memory.data(), scores.data(), scores.size() * sizeof(float)), api);
  for (int again = 0; again < 2; ++again) {
    chosen.select_by(static_cast<const float*>(memory.data()));
    expect_same_rows(chosen.plan(), twin.plan);
  }
  const TileSchedule got = chosen.tile_schedule();
  const TileSchedule wanted = twin.schedule();
  const std::vector<Item> items = got.items.expanded();
  const std::vector<Item> twins = wanted.items.expanded();
  ASSERT_EQ(items.size(), twins.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    ASSERT_EQ(items[i].first_row, twins[i].first_row);
    ASSERT_EQ(items[i].head, twins[i].head);
    ASSERT_EQ(items[i].stages, twins[i].stages) << "item " << i;
    for (std::int32_t s = 0; s < items[i].stages; ++s) {
      const auto at = [&](const TileSchedule& of, const Item& item) {
        return of.stages[static_cast<std::size_t>(item.first_stage + s)];
      };
      ASSERT_EQ(at(got, items[i]), at(wanted, twins[i])) << "item " << i << ", stage " << s;
    }
  }
}

TEST_P(Selection, IsTheHostsPlanGivenTheSameOperands) {
  SKIP_WITHOUT_DEVICE(Path::kAuto);
  const ModuleApi& api = required_module();
  for (const BlockScore score : {BlockScore::kMean, BlockScore::kBound}) {
    for (const DType dtype : {DType::kF32, DType::kBF16, DType::kF16}) {
      SelectionShape with = shape();
      with.score = score;
      if (with.tokens > 10000 && dtype != DType::kF32) continue;  // the host's way takes long
      const Tensor queries = drawn(dtype, with.heads, with, 1);
      const Tensor keys = drawn(dtype, with.kv_heads, with, 2);
      const Tensor wide[] = {Tensor(DType::kF32, {with.heads, with.tokens, with.dim}),
                             Tensor(DType::kF32, {with.kv_heads, with.tokens, with.dim})};
      copy(queries.view(), wide[0].view());
      copy(keys.view(), wide[1].view());
      const std::string text = std::string(score == BlockScore::kMean ? "moba(" : "quest(") +
                               std::to_string(with.block) + "," + std::to_string(with.top) +
                               ",queries=64)";
      const Pattern pattern =
          parse_selector(text)->select({.queries = wide[0].view(), .keys = wide[1].view()});
      const BlockPlan wanted =
          plan(pattern, {.heads = with.heads, .queries = with.tokens, .keys = with.tokens});
      const DeviceTensor device_queries = DeviceTensor::copy_of(api, queries.view());
      const DeviceTensor device_keys = DeviceTensor::copy_of(api, keys.view());
      const DeviceSelection chosen(api, with);
      chosen.select(device_queries.operand(), device_keys.operand());
      SCOPED_TRACE(text);
      expect_same_rows(chosen.plan(), wanted);
    }
  }
}

TEST_P(Selection, IsWhatAttentionWalks) {
  SKIP_WITHOUT_DEVICE(Path::kAuto);
  const ModuleApi& api = required_module();
  if (shape().tokens > 3000) GTEST_SKIP() << "the reference takes long";
  const std::int64_t tokens = shape().tokens;
  for (const Path path : {Path::kHopper, Path::kPortable, Path::kSimple}) {
    if (!can_run(path) || (path != Path::kSimple && shape().dim < 32)) continue;
    const DType dtype = path == Path::kSimple ? DType::kF32 : DType::kBF16;
    const Tensor in[] = {drawn(dtype, shape().heads, shape(), 3),
                         drawn(dtype, shape().kv_heads, shape(), 4),
                         drawn(dtype, shape().kv_heads, shape(), 5)};
    std::vector<DeviceTensor> held;
    for (const Tensor& tensor : in) held.push_back(DeviceTensor::copy_of(api, tensor.view()));
    const DeviceSelection chosen(api, shape());
    chosen.select(held[0].operand(), held[1].operand());
    const Tensor out(dtype, {shape().heads, tokens, shape().dim});
    const DeviceTensor device_out = DeviceTensor::like(api, out.view());
    AttentionCall call;
    call.schedule = chosen.schedule();
    call.queries[0] = held[0].operand();
    call.keys[0] = held[1].operand();
    call.values[0] = held[2].operand();
    call.scale = 0.125f;
    call.path = path;
    call.out = device_out.operand();
    require(api.attention(call), api);
    device_out.copy_to(out.view());
    const BlockPlan made = chosen.plan();
    const Tensor wanted(DType::kF32, {shape().heads, tokens, shape().dim});
    const TensorView queries[] = {in[0].view()};
    const KeySegment segments[] = {{in[1].view(), in[2].view()}};
    reference::attention({.plan = &made,
                          .queries = queries,
                          .segments = segments,
                          .scale = call.scale,
                          .out = wanted.view()});
    const Tensor got(DType::kF32, {shape().heads, tokens, shape().dim});
    copy(out.view(), got.view());
    const double bound = path == Path::kSimple ? 1e-5 : 0.02;
    for (std::int64_t i = 0; i < got.view().size(); ++i) {
      ASSERT_NEAR(got.view().as<float>()[i], wanted.view().as<float>()[i], bound) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes,
                         Selection,
                         testing::Range(0, static_cast<int>(std::size(kShapes))));

TEST(SelectionCalls, RefuseWhatTheyCannotDo) {
  SKIP_WITHOUT_DEVICE(Path::kAuto);
  const ModuleApi& api = required_module();
  EXPECT_THROW(DeviceSelection(api, {.tokens = 100, .dim = 64, .block = 60}), std::runtime_error);
  EXPECT_THROW(DeviceSelection(api, {.heads = 3, .kv_heads = 2, .tokens = 100, .dim = 64}),
               std::runtime_error);
  EXPECT_THROW(DeviceSelection(api, {.tokens = 3000000, .dim = 64, .block = 64, .top = 2}),
               std::runtime_error);
  const SelectionShape shape{.tokens = 200, .dim = 64};
  const DeviceSelection chosen(api, shape);
  const DeviceTensor other = DeviceTensor::copy_of(api, Tensor(DType::kF32, {1, 199, 64}).view());
  EXPECT_THROW(chosen.select(other.operand(), other.operand()), std::runtime_error);
}

}  // namespace
}  // namespace heddle::attention::cuda
