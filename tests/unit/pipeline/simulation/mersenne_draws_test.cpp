// What python3 says (3.11):
//
//   from random import Random
//   r = Random(5); print([r.random().hex() for _ in range(3)])
//   r = Random(1); print([r.randrange(n) for n in (1, 3, 4, 1000, 2**32, 2**32 + 1, 2**63)])
//   r = Random(1); print([r.choice('ACG') for _ in range(12)])
//   r = Random(7); print([r.gauss(10, 2).hex() for _ in range(3)], r.random().hex())
//   r = Random(7); print([r.lognormvariate(8.25, .7).hex() for _ in range(3)], r.random().hex())
//   print([Random(s).getrandbits(32) for s in (0, 2**32 - 1, 2**32, 2**63 + 12345)])
//   r = Random(3); print([r.random() for _ in range(1001)][-1].hex())

#include "pipeline/simulation/mersenne_draws.h"

#include <gtest/gtest.h>

#include <string>

namespace heddle::pipeline {
namespace {

TEST(MersenneDraws, UniformNumbersArePythonsRandom) {
  MersenneDraws draws(5);
  EXPECT_EQ(draws.uniform(), 0x1.3eecf89059360p-1);
  EXPECT_EQ(draws.uniform(), 0x1.7bcb8116f23eep-1);
  EXPECT_EQ(draws.uniform(), 0x1.97239c6c3047fp-1);
}

TEST(MersenneDraws, GoOnBehindTheFirst624) {
  MersenneDraws draws(3);
  for (int i = 0; i < 1000; ++i) draws.uniform();
  EXPECT_EQ(draws.uniform(), 0x1.9e6da8216155cp-3);
}

TEST(MersenneDraws, WholeNumbersArePythonsRandrangeAndChoice) {
  MersenneDraws draws(1);
  EXPECT_EQ(draws.below(1), 0u);
  EXPECT_EQ(draws.below(3), 2u);
  EXPECT_EQ(draws.below(4), 0u);
  EXPECT_EQ(draws.below(1000), 261u);
  MersenneDraws others(1);
  std::string chosen;
  for (int i = 0; i < 12; ++i) chosen += "ACG"[others.below(3)];
  EXPECT_EQ(chosen, "AGACACCCGCAA");
}

TEST(MersenneDraws, SeedsAndNumbersOfMoreThan32BitsAreWhole) {
  // getrandbits(32) is randrange(2**32 - 1) where it is no 2**32 - 1.
  const auto first = [](std::uint64_t seed) { return MersenneDraws(seed).below(0xffffffff); };
  EXPECT_EQ(first(0), 3626764237u);
  EXPECT_EQ(first(0xffffffff), 2728839433u);
  EXPECT_EQ(first(0x100000000), 485306839u);
  EXPECT_EQ(first((std::uint64_t{1} << 63) + 12345), 1308997459u);
  MersenneDraws draws(1);
  for (const std::uint64_t n : {1U, 3U, 4U, 1000U, 1000000U}) draws.below(n);
  EXPECT_EQ(draws.below(0x100000000), 1930549411u);
  EXPECT_EQ(draws.below(0x100000001), 2798570523u);
  EXPECT_EQ(draws.below(1000000000000), 231020807702u);
  EXPECT_EQ(draws.below(std::uint64_t{1} << 63), 8999366892653588108u);
}

// To four units in the last place, for the C library's logarithms and cosines are its own.
TEST(MersenneDraws, NormalsArePythonsGaussAndTakeTwoDrawsForTwo) {
  MersenneDraws draws(7);
  EXPECT_DOUBLE_EQ(draws.normal(10, 2), 0x1.2f9fa8485b4bfp+3);
  EXPECT_DOUBLE_EQ(draws.normal(10, 2), 0x1.60bb4b3d19be5p+3);
  EXPECT_DOUBLE_EQ(draws.normal(10, 2), 0x1.3187a3f3a05acp+3);
  EXPECT_EQ(draws.uniform(), 0x1.125f2046063a0p-1);
}

TEST(MersenneDraws, LogNormalsArePythonsLognormvariate) {
  MersenneDraws draws(7);
  EXPECT_DOUBLE_EQ(draws.log_normal(8.25, 0.7), 0x1.74f1215771d57p+11);
  EXPECT_DOUBLE_EQ(draws.log_normal(8.25, 0.7), 0x1.22da66f176b22p+12);
  EXPECT_DOUBLE_EQ(draws.log_normal(8.25, 0.7), 0x1.000ad36403349p+12);
  EXPECT_EQ(draws.uniform(), 0x1.db208fa389760p-5);
}

}  // namespace
}  // namespace heddle::pipeline
