// Associative recall: what was written last under a key is what the key reads.
#include "attention/memory/associative_state.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

namespace heddle::attention {
namespace {

constexpr AssociativeSpec kSpec{.heads = 2, .key_dim = 16, .value_dim = 4};

class Associations : public testing::Test {
 protected:
  Tensor random_rows(std::int64_t rows, std::int64_t dim) {
    Tensor made(DType::kF32, {kSpec.heads, rows, dim});
    for (std::int64_t i = 0; i < made.view().size(); ++i) {
      made.view().as<float>()[i] = normal_(random_);
    }
    return made;
  }
  double worst_error(const TensorView& keys, const TensorView& values) {
    const Tensor out(DType::kF32, {kSpec.heads, keys.shape[1], kSpec.value_dim});
    state_.read(keys, out.view());
    double worst = 0;
    for (int head = 0; head < kSpec.heads; ++head) {
      for (std::int64_t row = 0; row < keys.shape[1]; ++row) {
        for (int c = 0; c < kSpec.value_dim; ++c) {
          const double error = std::abs(double{out.view().at(0, head).at(0, row).as<float>()[c]} -
                                        values.at(0, head).at(0, row).as<float>()[c]);
          worst = std::max(worst, error);
        }
      }
    }
    return worst;
  }
  std::mt19937 random_{2};
  std::normal_distribution<float> normal_;
  AssociativeState state_{kSpec};
};

TEST_F(Associations, AnEmptyStateReadsNothing) {
  const Tensor keys = random_rows(3, 16);
  const Tensor nothing(DType::kF32, {kSpec.heads, 3, 4});
  EXPECT_EQ(worst_error(keys.view(), nothing.view()), 0);
}

TEST_F(Associations, AKeyReadsItsValueAndAfterwardsTheNewOne) {
  const Tensor key = random_rows(1, 16);
  const Tensor first = random_rows(1, 4);
  const Tensor second = random_rows(1, 4);
  state_.write(key.view(), first.view());
  EXPECT_LT(worst_error(key.view(), first.view()), 1e-5);
  state_.write(key.view(), second.view());
  EXPECT_LT(worst_error(key.view(), second.view()), 1e-4);
}

TEST_F(Associations, TheLastOfManyWritesIsReadExactlyAndTheOthersNearly) {
  const Tensor keys = random_rows(24, 16);
  const Tensor values = random_rows(24, 4);
  for (int pass = 0; pass < 20; ++pass) state_.write(keys.view(), values.view());
  EXPECT_LT(worst_error(keys.view().slice(1, 23, 1), values.view().slice(1, 23, 1)), 1e-3);
  EXPECT_LT(worst_error(keys.view(), values.view()), 0.3);
}

TEST_F(Associations, HalfABetaIsHalfWayBetween) {
  const Tensor key = random_rows(1, 16);
  const Tensor first = random_rows(1, 4);
  const Tensor second = random_rows(1, 4);
  state_.write(key.view(), first.view());
  state_.write(key.view(), second.view(), 0.5f);
  for (std::int64_t i = 0; i < first.view().size(); ++i) {
    first.view().as<float>()[i] = (first.view().as<float>()[i] + second.view().as<float>()[i]) / 2;
  }
  EXPECT_LT(worst_error(key.view(), first.view()), 1e-4);
}

TEST_F(Associations, AnyCutOfTheStreamGivesTheSameBits) {
  const Tensor keys = random_rows(50, 16);
  const Tensor values = random_rows(50, 4);
  AssociativeState pieces(kSpec);
  state_.write(keys.view(), values.view());
  for (std::int64_t at = 0; at < 50; at += 7) {
    const std::int64_t count = std::min<std::int64_t>(7, 50 - at);
    pieces.write(keys.view().slice(1, at, count), values.view().slice(1, at, count));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const TensorView a = state_.tensors()[i];
    const auto size = static_cast<std::size_t>(a.size()) * sizeof(float);
    EXPECT_EQ(std::memcmp(a.data, pieces.tensors()[i].data, size), 0);
  }
}

TEST_F(Associations, ResetForgetsAndWrongShapesAreRefused) {
  const Tensor key = random_rows(1, 16);
  const Tensor value = random_rows(1, 4);
  const Tensor nothing(DType::kF32, {kSpec.heads, 1, 4});
  state_.write(key.view(), value.view());
  state_.reset();
  EXPECT_EQ(worst_error(key.view(), nothing.view()), 0);
  EXPECT_THROW(state_.write(value.view(), value.view()), std::invalid_argument);
  EXPECT_THROW(state_.read(key.view(), key.view()), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
