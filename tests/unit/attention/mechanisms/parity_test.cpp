// Outputs of published implementations on random weights (tests/data/parity; each file's metadata
// says how it was made).

#include "attention/backend/backend.h"
#include "attention/patterns/listed.h"
#include "attention/patterns/pattern.h"
#include "attention/selectors/key_boxes.h"
#include "attention/selectors/selectors.h"
#include "attention/weights/safetensors.h"
#include "tests/unit/attention/mechanisms/random_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace heddle::attention {
namespace {

Weights parity(const std::string& name) {
  return Weights((HEDDLE_TEST_DATA "/parity/" + name).append(".safetensors"));
}

struct Operands {
  TensorView queries, keys, values;  // (heads, tokens, dim)
};

/// cpu attention over the pattern's plan.
Tensor attend(const Operands& of, const Pattern& pattern, float scale) {
  const std::int64_t heads = of.queries.shape[0];
  const std::int64_t tokens = of.keys.shape[1];
  const BlockPlan planned = plan(
      pattern, {.heads = static_cast<int>(heads), .queries = of.queries.shape[1], .keys = tokens});
  Tensor out(DType::kF32, {heads, of.queries.shape[1], of.values.shape[2]});
  const TensorView queries[] = {of.queries};
  const KeySegment segments[] = {{of.keys, of.values}};
  backend("cpu").attention({.plan = &planned,
                            .queries = queries,
                            .segments = segments,
                            .scale = scale,
                            .out = out.view()});
  return out;
}

struct EntmaxFile {
  const char* name;
  const char* normaliser;
};

class EntmaxParity : public testing::TestWithParam<EntmaxFile> {};

/// Keys and values are the identity, so that queries are logits and out is their weights.
TEST_P(EntmaxParity, GivesTheWeightsAndGradientsOfTheLibrary) {
  const Weights file = parity("entmax");
  const std::string name = GetParam().name;
  const auto stored = [&](const char* what) { return file.tensor(name + what); };
  const auto as_head = [](const TensorView& rows) { return rows.reshape({1, 6, 40}); };
  const Tensor identity(DType::kF32, {1, 40, 40});
  for (int i = 0; i < 40; ++i) identity.view().as<float>()[i * 41] = 1;
  const BlockPlan planned = plan(dense(), {.queries = 6, .keys = 40});
  const Tensor out(DType::kF32, {1, 6, 40});
  const Tensor logit_gradients = zeros_like(out);
  const Tensor alpha(DType::kF32, {1});
  const TensorView queries[] = {as_head(stored(".logits"))};
  const TensorView query_gradients[] = {logit_gradients.view()};
  const KeySegment segments[] = {{identity.view(), identity.view()}};
  const KeySegmentGradient segment_gradients[1] = {};
  const NormalisedArgs args = {
      .call = {.plan = &planned, .queries = queries, .segments = segments, .out = out.view()},
      .normaliser = parse_normaliser(GetParam().normaliser)};
  for (const char* name_of_backend : {"reference", "cpu"}) {
    const Backend& tested = backend(name_of_backend);
    tested.normalised_attention(args);
    expect_near(out.view(), as_head(stored(".weights")), 1e-5);
    tested.normalised_attention_gradient({.forward = args,
                                          .out_gradient = as_head(stored(".weight_gradients")),
                                          .query_gradients = query_gradients,
                                          .segment_gradients = segment_gradients,
                                          .alpha_gradient = alpha.view()});
    expect_near(logit_gradients.view(), as_head(stored(".logit_gradients")), 1e-5);
    if (file.contains(name + ".alpha_gradient")) {
      const float wanted = stored(".alpha_gradient").as<float>()[0];
      EXPECT_NEAR(alpha.view().as<float>()[0], wanted, 1e-5 * (1 + std::fabs(wanted)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files,
                         EntmaxParity,
                         testing::Values(EntmaxFile{"sparsemax", "sparsemax"},
                                         EntmaxFile{"entmax15", "entmax15"},
                                         EntmaxFile{"entmax12", "entmax(1.2)"},
                                         EntmaxFile{"entmax18", "entmax(1.8)"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(LongformerParity, WindowAndGlobalTokensGiveTheOutputsOfTransformers) {
  const Weights file = parity("longformer");
  const Tensor out = attend({file.tensor("queries"), file.tensor("keys"), file.tensor("values")},
                            parse_pattern("window(8) | global(0:4)"),
                            0.25f);
  // Global tokens attend everything, with projections of their own.
  const Tensor of_global = attend({file.tensor("global_queries").slice(1, 0, 4),
                                   file.tensor("global_keys"),
                                   file.tensor("global_values")},
                                  dense(),
                                  0.25f);
  copy(of_global.view(), out.view().slice(1, 0, 4));
  expect_near(out.view(), file.tensor("out"), 1e-5);
}

/// BigBird's block-sparse lists: the first and the last block see and are seen by all; any other
/// sees its neighbours and the random blocks drawn for it.
BlockLists bigbird_lists(const TensorView& random, std::int64_t blocks) {
  BlockLists lists = {.heads = static_cast<int>(random.shape[0]), .query_block = 8, .key_block = 8};
  for (std::int64_t head = 0; head < random.shape[0]; ++head) {
    for (std::int64_t block = 0; block < blocks; ++block) {
      std::set<std::int64_t> seen = {0, blocks - 1};
      const bool all = block == 0 || block == blocks - 1;
      for (std::int64_t i = 0; all && i < blocks; ++i) seen.insert(i);
      for (std::int64_t i = block - 1; !all && i <= block + 1; ++i) seen.insert(i);
      for (std::int64_t i = 0; !all && i < random.shape[2]; ++i) {
        seen.insert(static_cast<const std::int32_t*>(
            random.data)[(head * random.shape[1] + block - 1) * random.shape[2] + i]);
      }
      lists.blocks.insert(lists.blocks.end(), seen.begin(), seen.end());
      lists.row_begin.push_back(static_cast<std::int64_t>(lists.blocks.size()));
    }
  }
  return lists;
}

TEST(BigBirdParity, TheSameRandomBlocksGiveTheOutputsOfTransformers) {
  const Weights file = parity("bigbird");
  const Tensor out = attend({file.tensor("queries"), file.tensor("keys"), file.tensor("values")},
                            listed(bigbird_lists(file.tensor("random"), 16)),
                            0.25f);
  expect_near(out.view(), file.tensor("out"), 1e-5);
}

TEST(MobaParity, TheGateChoosesTheBlocksOfTheNaiveForm) {
  const Weights file = parity("moba");
  const Operands operands = {file.tensor("queries"), file.tensor("keys"), file.tensor("values")};
  const Pattern chosen =
      parse_selector("moba(8,3)")->select({.queries = operands.queries, .keys = operands.keys});
  const Tensor out = attend(operands, chosen, 1 / std::sqrt(8.0f));
  expect_near(out.view(), file.tensor("out"), 1e-5);
}

/// Their token attends the blocks of the best bounds, ours its own block and the best of the rest:
/// the same wherever theirs chose its own.
TEST(QuestParity, BoundsAndOutputsAreThoseOfItsAuthors) {
  const Weights file = parity("quest");
  const Operands operands = {file.tensor("queries"), file.tensor("keys"), file.tensor("values")};
  const Pattern chosen =
      parse_selector("quest(8,3)")->select({.queries = operands.queries, .keys = operands.keys});
  const Tensor out = attend(operands, chosen, 1 / std::sqrt(8.0f));
  const auto* own = static_cast<const std::int32_t*>(file.tensor("own").data);
  int compared = 0;
  for (std::int64_t i = 0; i < std::int64_t{4} * 60; ++i) {
    if (own[i] == 0) continue;
    expect_near(out.view().at(0, i / 60).slice(0, i % 60, 1),
                file.tensor("out").at(0, i / 60).slice(0, i % 60, 1),
                1e-5);
    if (i % 60 >= 24) ++compared;  // where some block is left out
  }
  EXPECT_GE(compared, 60);

  const SummarySpec spec = {.heads = 2, .dim = 8, .slots = 8, .block = 8};
  KeyBoxes boxes(spec);
  for (std::int64_t slot = 0; slot < spec.slots; ++slot) boxes.clear(slot);
  for (std::int64_t key = 0; key < std::int64_t{2} * 60; ++key) {
    boxes.add(static_cast<int>(key / 60),
              key % 60 / 8,
              operands.keys.at(0, key / 60).at(0, key % 60).as<float>());
  }
  std::vector<float> bounds(BlockSummaries::score_room(spec));
  for (std::int64_t head = 0; head < 4; ++head) {
    boxes.score(
        static_cast<int>(head / 2), operands.queries.at(0, head).at(0, 59).as<float>(), bounds);
    for (std::size_t block = 0; block < 8; ++block) {
      EXPECT_NEAR(bounds[block], file.tensor("bounds").at(0, head).as<float>()[block], 1e-4);
    }
  }
}

/// Keys and values are the identity, as above; the query is the last of 40 positions.
TEST(AdaptiveSpanParity, GivesTheWeightsAndGradientsOfTheModule) {
  const Weights file = parity("adaptive_span");
  const Tensor identity(DType::kF32, {1, 40, 40});
  for (int i = 0; i < 40; ++i) identity.view().as<float>()[i * 41] = 1;
  const BlockPlan planned =
      plan(dense(), {.heads = 3, .first_query = 39, .queries = 1, .keys = 40});
  const Tensor out(DType::kF32, {3, 1, 40});
  const Tensor logit_gradients(DType::kF32, {3, 1, 40});
  const Tensor span_gradients(DType::kF32, {3});
  const TensorView queries[] = {file.tensor("logits")};
  const TensorView query_gradients[] = {logit_gradients.view()};
  const KeySegment segments[] = {{identity.view(), identity.view()}};
  const KeySegmentGradient segment_gradients[1] = {};
  const NormalisedArgs args = {
      .call = {.plan = &planned, .queries = queries, .segments = segments, .out = out.view()},
      .spans = file.tensor("spans"),
      .ramp = 6};
  for (const char* name : {"reference", "cpu"}) {
    backend(name).normalised_attention(args);
    expect_near(out.view(), file.tensor("weights"), 1e-5);
    backend(name).normalised_attention_gradient({.forward = args,
                                                 .out_gradient = file.tensor("weight_gradients"),
                                                 .query_gradients = query_gradients,
                                                 .segment_gradients = segment_gradients,
                                                 .span_gradient = span_gradients.view()});
    expect_near(logit_gradients.view(), file.tensor("logit_gradients"), 1e-5);
    expect_near(span_gradients.view(), file.tensor("span_gradients"), 1e-5);
  }
}

TEST(ScorerParity, StraightAndScaledFormsGiveTheOutputsOfTheModule) {
  const Weights file = parity("scorer");
  const Pattern chosen = parse_selector("scorer(5)")->select({.scores = file.tensor("scores")});
  const auto one_head = [&](const char* name) { return file.tensor(name).reshape({1, 30, 24}); };
  const auto heads = [&](const char* name) {
    return file.tensor(name).reshape({30, 3, 8}).permute({1, 0, 2});
  };
  const Tensor straight =
      attend({one_head("queries"), one_head("keys"), one_head("values")}, chosen, 1);
  expect_near(straight.view().at(0, 0), file.tensor("straight"), 1e-5);
  const Tensor scaled =
      attend({heads("queries"), heads("keys"), heads("values")}, chosen, 1 / std::sqrt(8.0f));
  expect_near(scaled.view(), file.tensor("scaled"), 1e-5);
}

}  // namespace
}  // namespace heddle::attention
