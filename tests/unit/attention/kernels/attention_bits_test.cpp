// The determinism laws: what a query's bits may depend on, and what not.

#include "attention/backend/cpu/attention.h"
#include "attention/patterns/block_plan.h"
#include "tests/unit/attention/kernels/attention_case.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>
#include <tbb/global_control.h>

#include <algorithm>

namespace heddle::attention::kernel_tests {
namespace {

Result run_on_threads(const AttentionCase& some, const BlockPlan& plan, std::size_t threads) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  return some.run(cpu::attention, plan);
}

/// Every row: one band run over exactly the key blocks that its queries see.
BlockPlan window_plan(const CaseShape& shape, std::int64_t first, std::int64_t count) {
  BlockPlan plan;
  plan.query_block = shape.query_block;
  plan.key_block = shape.key_block;
  plan.first_query = shape.first_query + first;
  plan.queries = count;
  plan.row_begin = {0};
  constexpr std::int64_t kBack = 70;
  const std::int64_t size = shape.key_block;
  for (std::int64_t row = 0; row < plan.query_blocks(); ++row) {
    const std::int64_t block = plan.first_query / plan.query_block + row;
    const std::int64_t low = std::max(block * plan.query_block, plan.first_query);
    const std::int64_t high =
        std::min((block + 1) * plan.query_block, plan.first_query + count) - 1;
    const std::int64_t begin = std::max<std::int64_t>(low - kBack, 0) / size * size;
    const std::int64_t end = std::min(high + 1, shape.keys);
    plan.runs.push_back({.first_slot = begin,
                         .first_key = begin,
                         .count = (end - begin + size - 1) / size,
                         .keys = end - begin,
                         .lo = -kBack,
                         .hi = 0,
                         .kind = TileKind::kBand});
    plan.row_begin.push_back(row + 1);
  }
  build_work_list(plan);
  return plan;
}

class AttentionChunks : public testing::TestWithParam<std::int64_t> {};

TEST_P(AttentionChunks, OfQueriesGiveTheBitsOfTheWhole) {
  const CaseShape shape = {.name = "chunks", .cut = 205};
  const AttentionCase some(shape, 5);
  std::mt19937_64 random(6);
  const BlockPlan plan = random_plan(shape, random);
  const Result whole = some.run(cpu::attention, plan);
  for (std::int64_t first = 0; first < shape.queries; first += GetParam()) {
    const std::int64_t count = std::min(GetParam(), shape.queries - first);
    const BlockPlan chunk = plan_of_chunk(plan, first, count);
    expect_same_bits(whole, some.run_chunk(cpu::attention, chunk, first), first);
  }
}

TEST_P(AttentionChunks, PlannedForTheirOwnKeysGiveTheBitsOfTheWhole) {
  // Key blocks of 2 make a part of every 128 keys: chunks see other parts than the whole does.
  for (const int key_block : {2, 64}) {
    const CaseShape shape = {.name = "window", .key_block = key_block};
    const AttentionCase some(shape, 7);
    const Result whole = some.run(cpu::attention, window_plan(shape, 0, shape.queries));
    for (std::int64_t first = 0; first < shape.queries; first += GetParam()) {
      const std::int64_t count = std::min(GetParam(), shape.queries - first);
      const BlockPlan chunk = window_plan(shape, first, count);
      expect_same_bits(whole, some.run_chunk(cpu::attention, chunk, first), first);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, AttentionChunks, testing::Values(1, 7, 64, 100));

/// The plan with each run cut at key position `cut` between segments 0 and 1.
BlockPlan cut_plan(const BlockPlan& plan, std::int64_t cut) {
  BlockPlan torn = plan;
  torn.runs.clear();
  torn.row_begin = {0};
  for (std::size_t row = 0; row + 1 < plan.row_begin.size(); ++row) {
    for (std::int64_t i = plan.row_begin[row]; i < plan.row_begin[row + 1]; ++i) {
      const TileRun& run = plan.runs[static_cast<std::size_t>(i)];
      const std::int64_t end = run.first_key + run.keys;
      const std::int64_t block_end =
          std::min((cut + plan.key_block - 1) / plan.key_block * plan.key_block, end);
      const std::int64_t edges[] = {run.first_key,
                                    std::clamp(cut, run.first_key, end),
                                    std::max(block_end, run.first_key),
                                    end};
      for (int part = 0; part < 3; ++part) {
        TileRun piece = run;
        piece.first_key = edges[part];
        piece.keys = edges[part + 1] - edges[part];
        if (piece.keys <= 0) continue;
        piece.count = (piece.keys + plan.key_block - 1) / plan.key_block;
        piece.segment = piece.first_key >= cut ? 1 : 0;
        piece.first_slot = piece.first_key - (piece.segment == 1 ? cut : 0);
        torn.runs.push_back(piece);
      }
    }
    torn.row_begin.push_back(static_cast<std::int64_t>(torn.runs.size()));
  }
  build_work_list(torn);
  return torn;
}

TEST(AttentionBits, DoNotDependOnWhereKeysAreCutIntoSegments) {
  const CaseShape shape = {.name = "one"};
  CaseShape torn_shape = shape;
  const BlockPlan plan = window_plan(shape, 0, shape.queries);
  const Result whole = AttentionCase(shape, 8).run(cpu::attention, plan);
  for (const std::int64_t cut : {64, 77, 150, 249}) {
    torn_shape.cut = cut;
    const BlockPlan torn = cut_plan(plan, cut);
    ASSERT_NO_THROW(validate(torn));
    expect_same_bits(whole, AttentionCase(torn_shape, 8).run(cpu::attention, torn), 0);
  }
}

TEST(AttentionBits, DoNotDependOnThreads) {
  for (const int key_block : {4, 64}) {  // 4: rows of several parts
    const CaseShape shape = {.name = "threads", .keys = 1500, .key_block = key_block};
    const AttentionCase some(shape, 9);
    std::mt19937_64 random(10);
    const BlockPlan plan = random_plan(shape, random);
    const Result alone = run_on_threads(some, plan, 1);
    for (int repeat = 0; repeat < 3; ++repeat) {
      expect_same_bits(alone, run_on_threads(some, plan, 2), 0);
    }
  }
}

TEST(AttentionBits, DoNotDependOnTilesThatMaskTheQuery) {
  const CaseShape shape = {.name = "padding"};
  const AttentionCase some(shape, 11);
  BlockPlan plan = window_plan(shape, 0, shape.queries);
  const Result lean = some.run(cpu::attention, plan);
  for (TileRun& run : plan.runs) {
    run.first_slot = run.first_key = 0;
    run.keys = shape.keys;
    run.count = (shape.keys + 63) / 64;
  }
  build_work_list(plan);
  expect_same_bits(lean, some.run(cpu::attention, plan), 0);
}

TEST(AttentionBits, DoNotDependOnTheLayoutOfTensors) {
  const CaseShape shape = {.name = "layout"};
  CaseShape turned = shape;
  turned.interleaved = true;
  const BlockPlan plan = window_plan(shape, 0, shape.queries);
  expect_same_bits(AttentionCase(shape, 12).run(cpu::attention, plan),
                   AttentionCase(turned, 12).run(cpu::attention, plan),
                   0);
}

class AttentionTargets : public testing::TestWithParam<std::int64_t> {
 protected:
  void TearDown() override {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().DeInit();
  }
};

TEST_P(AttentionTargets, AgreeWithTheBestOne) {
  const CaseShape shape = {.name = "targets", .cut = 205, .dtype = DType::kF16};
  const AttentionCase some(shape, 13);
  std::mt19937_64 random(14);
  const BlockPlan plan = random_plan(shape, random);
  const Result best = some.run(cpu::attention, plan);
  if ((hwy::SupportedTargets() & GetParam()) == 0) {
    GTEST_SKIP() << "this machine has no " << hwy::TargetName(GetParam());
  }
  hwy::SetSupportedTargetsForTest(GetParam());
  hwy::GetChosenTarget().DeInit();
  expect_close(some, some.run(cpu::attention, plan), best);
}

INSTANTIATE_TEST_SUITE_P(InstructionSets,
                         AttentionTargets,
                         testing::Values(HWY_EMU128, HWY_SCALAR, HWY_SSE4, HWY_AVX2, HWY_AVX3));

}  // namespace
}  // namespace heddle::attention::kernel_tests
