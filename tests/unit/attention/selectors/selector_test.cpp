// Selectors choose what their definitions choose, and a choice never depends on what comes later.

#include "attention/patterns/pattern.h"
#include "attention/selectors/selectors.h"
#include "attention/tensor/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <random>

namespace heddle::attention {
namespace {

constexpr std::int64_t kTokens = 90;
constexpr std::int64_t kDim = 6;

struct Case {
  std::mt19937_64 random{71};
  Tensor queries = make({4, kTokens, kDim});
  Tensor keys = make({2, kTokens, kDim});
  Tensor weights = make({kTokens, 4});
  Tensor scores = make({kTokens});

  Tensor make(std::initializer_list<std::int64_t> shape) {
    Tensor made(DType::kF32, shape);
    std::normal_distribution<float> normal;
    for (std::int64_t i = 0; i < made.view().size(); ++i) {
      made.view().as<float>()[i] = normal(random);
    }
    return made;
  }
  SelectionInput input(std::int64_t tokens = kTokens) const {
    return {.queries = queries.view().slice(1, 0, tokens),
            .keys = keys.view().slice(1, 0, tokens),
            .weights = weights.view().slice(0, 0, tokens),
            .scores = scores.view().slice(0, 0, tokens)};
  }
  double logit(std::int64_t head, std::int64_t q, std::int64_t k) const {
    double sum = 0;
    for (int c = 0; c < kDim; ++c)
      sum += static_cast<double>(at(queries, head, q, c)) * at(keys, head / 2, k, c);
    return sum;
  }
  static float at(const Tensor& of, std::int64_t head, std::int64_t row, std::int64_t c) {
    return of.view().at(0, head).at(0, row).as<float>()[c];
  }
};

/// How many candidates have a larger score than `own`.
template <class Score>
int better(std::int64_t candidates, const Score& score, double own) {
  int count = 0;
  for (std::int64_t i = 0; i < candidates; ++i) count += score(i) > own;
  return count;
}

/// Every query attends its own block, causally, and `top` - 1 blocks before it with the best score.
template <class Score>
void expect_best_blocks(const Pattern& chosen, std::int64_t block, int top, const Score& score) {
  for (int head = 0; head < 4; ++head) {
    for (std::int64_t q = 0; q < kTokens; ++q) {
      const auto of_block = [&](std::int64_t b) { return score(head, q, b); };
      for (std::int64_t k = 0; k < kTokens; ++k) {
        const std::int64_t b = k / block;
        const bool best = b < q / block && better(q / block, of_block, of_block(b)) < top - 1;
        ASSERT_EQ(chosen.attends(head, q, k), k <= q && (best || b == q / block))
            << "head " << head << ", q " << q << ", k " << k;
      }
    }
  }
}

TEST(Moba, ChoosesTheBlocksOfTheBestMeanKeys) {
  const Case some;
  const Pattern chosen = parse_selector("moba(8,3)")->select(some.input());
  expect_best_blocks(chosen, 8, 3, [&](int head, std::int64_t q, std::int64_t b) {
    double sum = 0;
    for (std::int64_t k = b * 8; k < b * 8 + 8; ++k) sum += some.logit(head, q, k);
    return sum;
  });
}

TEST(Moba, QueriesThatChooseTogetherDoSoByTheirMean) {
  const Case some;
  const Pattern chosen = parse_selector("moba(8,3,queries=4)")->select(some.input());
  expect_best_blocks(chosen, 8, 3, [&](int head, std::int64_t q, std::int64_t b) {
    double sum = 0;
    for (std::int64_t other = q / 4 * 4; other < std::min(kTokens, q / 4 * 4 + 4); ++other) {
      for (std::int64_t k = b * 8; k < b * 8 + 8; ++k) sum += some.logit(head, other, k);
    }
    return sum;
  });
}

TEST(Selectors, AGroupOfEqualQueriesChoosesAsEachAlone) {
  const Case some;
  for (std::int64_t head = 0; head < 4; ++head) {
    for (std::int64_t q = 0; q < kTokens; ++q) {
      copy(some.queries.view().at(0, head).at(0, q / 8 * 8),
           some.queries.view().at(0, head).at(0, q));
    }
  }
  for (const std::string name : {"moba(8,3", "quest(8,3", "compressed(8,3", "hierarchical(8,4,3"}) {
    const Pattern alone = parse_selector(name + ")")->select(some.input());
    const Pattern together = parse_selector(name + ",queries=8)")->select(some.input());
    for (std::int64_t q = 0; q < kTokens; ++q) {
      for (std::int64_t k = 0; k < kTokens; ++k) {
        ASSERT_EQ(together.attends(3, q, k), alone.attends(3, q, k))
            << name << ": " << q << ", " << k;
      }
    }
  }
}

TEST(Compressed, ChoosesTheBlocksThatHoldMostOfTheSoftmaxOfItsGroup) {
  const Case some;
  const Pattern chosen = parse_selector("compressed(8,3)")->select(some.input());
  const auto mean_logit = [&](int head, std::int64_t q, std::int64_t b) {
    double sum = 0;
    for (std::int64_t k = b * 8; k < b * 8 + 8; ++k) sum += some.logit(head, q, k);
    return sum / 8 / std::sqrt(double{kDim});
  };
  expect_best_blocks(chosen, 8, 3, [&](int head, std::int64_t q, std::int64_t b) {
    double held = 0;
    for (int other = head / 2 * 2; other < head / 2 * 2 + 2; ++other) {
      double all = 0;
      for (std::int64_t i = 0; i < q / 8; ++i) all += std::exp(mean_logit(other, q, i));
      held += std::exp(mean_logit(other, q, b)) / all;
    }
    return held;
  });
}

double quest_bound(const Case& some, int head, std::int64_t q, std::int64_t b) {
  double sum = 0;
  for (int c = 0; c < kDim; ++c) {
    double most = -HUGE_VAL;
    for (std::int64_t k = b * 8; k < b * 8 + 8; ++k) {
      most = std::max(most,
                      static_cast<double>(Case::at(some.queries, head, q, c)) *
                          Case::at(some.keys, head / 2, k, c));
    }
    sum += most;
  }
  return sum;
}

TEST(Quest, ChoosesTheBlocksOfTheLargestBoundAndNoLogitIsAboveIt) {
  const Case some;
  const Pattern chosen = parse_selector("quest(8,3)")->select(some.input());
  const auto bound = [&](int head, std::int64_t q, std::int64_t b) {
    return quest_bound(some, head, q, b);
  };
  expect_best_blocks(chosen, 8, 3, bound);
  for (std::int64_t i = 0; i < 4 * kTokens; ++i) {  // a key left out is below every chosen bound
    const int head = static_cast<int>(i / kTokens);
    const std::int64_t q = i % kTokens;
    double least = HUGE_VAL;
    for (std::int64_t b = 0; b < q / 8; ++b) {
      if (chosen.attends(head, q, b * 8)) least = std::min(least, bound(head, q, b));
    }
    for (std::int64_t k = 0; k < q / 8 * 8; ++k) {
      EXPECT_LE(some.logit(head, q, k), bound(head, q, k / 8) + 1e-6);
      if (!chosen.attends(head, q, k)) EXPECT_LE(some.logit(head, q, k), least + 1e-6);
    }
  }
}

TEST(Hierarchical, IsMobaWhereOneLevelHoldsAllBlocks) {
  const Case some;
  const Pattern chosen = parse_selector("hierarchical(8,12,3)")->select(some.input());
  const Pattern wanted = parse_selector("moba(8,3)")->select(some.input());
  for (std::int64_t q = 0; q < kTokens; ++q) {
    for (std::int64_t k = 0; k < kTokens; ++k) {
      ASSERT_EQ(chosen.attends(1, q, k), wanted.attends(1, q, k)) << q << ", " << k;
    }
  }
}

/// Keys that drift slowly, as a stream's do: neighbours are alike, so a good block has good
/// parents.
TEST(Hierarchical, RecallsNineInTenOfTheBestBlocksOfADriftingStream) {
  constexpr std::int64_t kLong = 1024;
  std::mt19937_64 random(72);
  std::normal_distribution<float> normal;
  const Tensor keys(DType::kF32, {1, kLong, kDim});
  const Tensor queries(DType::kF32, {1, kLong, kDim});
  float* key = keys.view().as<float>();
  for (std::int64_t i = 0; i < kLong * kDim; ++i) {
    queries.view().as<float>()[i] = normal(random);
    key[i] = (i < kDim ? 0 : 0.98f * key[i - kDim]) + 0.2f * normal(random);
  }
  const SelectionInput input = {.queries = queries.view(), .keys = keys.view()};
  const Pattern chosen = parse_selector("hierarchical(8,4,9)")->select(input);
  const Pattern exact = parse_selector("moba(8,9)")->select(input);
  int both = 0;
  int wanted = 0;
  for (std::int64_t q = 256; q < kLong; q += 5) {
    for (std::int64_t k = 0; k < q; k += 8) {
      wanted += exact.attends(0, q, k);
      both += exact.attends(0, q, k) && chosen.attends(0, q, k);
    }
  }
  RecordProperty("recall", std::to_string(both / double(wanted)));
  std::printf("recall %.3f\n", both / double(wanted));
  EXPECT_GE(both, wanted * 9 / 10);
}

TEST(TokenTopK, ChoosesTheLargestProducts) {
  const Case some;
  const Pattern chosen = parse_selector("top_k(5)")->select(some.input());
  for (int head = 0; head < 4; ++head) {
    for (std::int64_t q = 0; q < kTokens; ++q) {
      const auto score = [&](std::int64_t k) { return some.logit(head, q, k); };
      for (std::int64_t k = 0; k < kTokens; ++k) {
        ASSERT_EQ(chosen.attends(head, q, k), k <= q && better(q + 1, score, score(k)) < 5);
      }
    }
  }
}

TEST(Indexer, SumsWhatItsHeadsLike) {
  const Case some;
  const Pattern chosen = parse_selector("indexer(5)")->select(some.input());
  EXPECT_FALSE(chosen.per_head());
  for (std::int64_t q = 0; q < kTokens; ++q) {
    const auto score = [&](std::int64_t k) {
      double sum = 0;
      for (int head = 0; head < 4; ++head) {
        sum +=
            some.weights.view().as<float>()[q * 4 + head] * std::max(some.logit(head, q, k), 0.0);
      }
      return sum;
    };
    int attended = 0;
    for (std::int64_t k = 0; k <= q; ++k) {
      attended += chosen.attends(0, q, k);
      // Scores of 0 tie: then the smaller key wins, which `better` does not know.
      if (score(k) != 0) {
        ASSERT_EQ(chosen.attends(0, q, k), better(q + 1, score, score(k)) < 5) << q << ", " << k;
      }
    }
    EXPECT_EQ(attended, std::min<std::int64_t>(q + 1, 5));
  }
}

TEST(Scorer, GivesItsTokensToEveryQuery) {
  const Case some;
  const Pattern chosen = parse_selector("scorer(7)")->select(some.input());
  const auto score = [&](std::int64_t k) { return some.scores.view().as<float>()[k]; };
  for (std::int64_t k = 0; k < kTokens; ++k) {
    const bool best = better(kTokens, score, score(k)) < 7;
    EXPECT_EQ(chosen.attends(0, 0, k), best);
    EXPECT_EQ(chosen.attends(3, kTokens - 1, k), best);
  }
}

TEST(XAttention, KeepsBlocksUntilTheirMassIsThereAndAlwaysItsOwn) {
  const Case some;
  const auto kept = [&](const char* text) {
    const Pattern chosen = parse_selector(text)->select(some.input());
    std::int64_t pairs = 0;
    for (std::int64_t q = 0; q < kTokens; ++q) {
      EXPECT_TRUE(chosen.attends(2, q, q));
      for (std::int64_t k = 0; k < kTokens; ++k) pairs += chosen.attends(2, q, k);
    }
    return pairs;
  };
  const std::int64_t all = kTokens * (kTokens + 1) / 2;
  EXPECT_EQ(kept("xattention(16,stride=4,mass=100)"), all);
  EXPECT_LT(kept("xattention(16,stride=4,mass=60)"), all);
  EXPECT_GT(kept("xattention(16,stride=4,mass=60)"), kept("xattention(16,stride=4,mass=0)"));
}

/// A block of keys that the last block of queries points at is kept even for a small mass.
TEST(XAttention, FindsThePlantedBlock) {
  Case some;
  for (std::int64_t k = 16; k < 32; ++k) {
    for (int c = 0; c < kDim; ++c) some.keys.view().at(0, 0).at(0, k).as<float>()[c] = 3;
  }
  for (std::int64_t q = 64; q < 80; ++q) {
    for (int c = 0; c < kDim; ++c) some.queries.view().at(0, 0).at(0, q).as<float>()[c] = 3;
  }
  const Pattern chosen = parse_selector("xattention(16,stride=4,mass=50)")->select(some.input());
  EXPECT_TRUE(chosen.attends(0, 70, 20));
  EXPECT_FALSE(chosen.attends(0, 70, 40));
}

struct Causal {
  const char* text;
  std::int64_t together = 1;  // queries that choose together
};
void PrintTo(const Causal& causal, std::ostream* to) { *to << causal.text; }

class CausalSelectors : public testing::TestWithParam<Causal> {};

/// Also where the end cuts a group: it and what follows may change, what precedes it may not.
TEST_P(CausalSelectors, NeverChangeAnEarlierRowForALongerSegment) {
  const Case some;
  const auto selector = parse_selector(GetParam().text);
  EXPECT_EQ(parse_selector(selector->text())->text(), selector->text());
  const Pattern whole = selector->select(some.input());
  for (const std::int64_t end : {64, 62}) {
    const Pattern part = selector->select(some.input(end));
    const std::int64_t kept = end / GetParam().together * GetParam().together;
    for (int head = 0; head < 4; ++head) {
      for (std::int64_t q = 0; q < end; ++q) {
        for (std::int64_t k = 0; k < kTokens; ++k) {
          if (q < kept) {
            ASSERT_EQ(whole.attends(head, q, k), part.attends(head, q, k)) << q;
          }
          ASSERT_FALSE(k > q && (whole.attends(head, q, k) || part.attends(head, q, k)));
        }
      }
    }
  }
}

TEST(Selectors, AGroupThatTheEndCutsChoosesByTheQueriesThatThereAre) {
  const Case some;
  for (std::int64_t c = 0; c < kDim; ++c) {  // the mean of four points away from that of two
    const float two = Case::at(some.queries, 0, 60, c) + Case::at(some.queries, 0, 61, c);
    for (const std::int64_t later : {62, 63}) {
      some.queries.view().at(0, 0).at(0, later).as<float>()[c] = -100 * two;
    }
  }
  const auto selector = parse_selector("moba(8,3,queries=4)");
  const Pattern whole = selector->select(some.input());
  const Pattern part = selector->select(some.input(62));
  std::int64_t changed = 0;
  for (std::int64_t k = 0; k < 56; ++k)
    changed += whole.attends(0, 60, k) != part.attends(0, 60, k);
  EXPECT_EQ(changed, 4 * 8);  // the two best blocks of seven, and the two worst
}

INSTANTIATE_TEST_SUITE_P(Texts,
                         CausalSelectors,
                         testing::Values(Causal{"moba(8,3)"},
                                         Causal{"quest(16,2)"},
                                         Causal{"compressed(8,3)"},
                                         Causal{"xattention(16,stride=4,mass=70)", 16},
                                         Causal{"moba(8,3,queries=4)", 4},
                                         Causal{"quest(8,3,queries=8)", 8},
                                         Causal{"hierarchical(4,3,3)"},
                                         Causal{"top_k(9)"},
                                         Causal{"indexer(4)"}));

class AnySelector : public testing::TestWithParam<const char*> {};

TEST_P(AnySelector, GivesTheSamePlanOnAnyNumberOfThreads) {
  const Case some;
  const auto planned = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return plan(
        parse_selector(GetParam())->select(some.input()),
        {.heads = 4, .queries = kTokens, .keys = kTokens, .query_block = 8, .key_block = 8});
  };
  const BlockPlan one = planned(1);
  EXPECT_GT(one.tiles(), 0);
  EXPECT_EQ(one, planned(8));
}

INSTANTIATE_TEST_SUITE_P(Texts,
                         AnySelector,
                         testing::Values("moba(8,3)",
                                         "quest(16,2)",
                                         "compressed(8,3)",
                                         "xattention(16,stride=4,mass=70)",
                                         "hierarchical(4,3,3)",
                                         "quest(8,3,queries=8)",
                                         "top_k(9)",
                                         "indexer(4)",
                                         "scorer(6)"));

TEST(SelectorText, SaysWhatItDoesNotKnow) {
  const auto message = [](const char* text) {
    try {
      parse_selector(text);
      return std::string("accepted");
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THAT(message("nearest(3)"), testing::HasSubstr("the name one of moba, quest"));
  EXPECT_THAT(message("moba(8)"), testing::HasSubstr("expected top"));
  EXPECT_THAT(message("moba(8,2,3)"), testing::HasSubstr("expected ')', found '3'"));
  EXPECT_THAT(message("quest(0,2)"), testing::HasSubstr("block"));
  EXPECT_THAT(message("quest(8,2,queries=3)"), testing::HasSubstr("block modulo queries"));
  EXPECT_THAT(message("xattention(16,stride=5)"), testing::HasSubstr("stride"));
}

}  // namespace
}  // namespace heddle::attention
