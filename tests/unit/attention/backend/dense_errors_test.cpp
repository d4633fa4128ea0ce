// Dense products say what was wrong with what they were given.

#include "attention/backend/backend.h"
#include "tests/unit/attention/backend/random_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace heddle::attention {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

template <class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing was thrown";
}

class DenseErrors : public ::testing::TestWithParam<const char*> {};

TEST_P(DenseErrors, AWrongInputOrOutputNamesWhatWasExpectedAndWhatCame) {
  const Tensor weight = random_tensor({24, 16}, 2), bias = random_tensor({24}, 3);
  const auto linear = backend(GetParam()).linear({weight.view(), bias.view()});
  const Tensor in(DType::kF32, {10, 15});
  const Tensor good(DType::kF32, {10, 16});
  const Tensor out(DType::kF32, {10, 24});
  const Tensor narrow(DType::kF32, {9, 24});
  const Tensor half(DType::kF16, {10, 16});
  EXPECT_THAT(message_of([&] { linear->run(in.view(), out.view(), {}, false); }),
              AllOf(HasSubstr("linear"), HasSubstr("16"), HasSubstr("(10, 15)")));
  EXPECT_THAT(message_of([&] { linear->run(good.view(), narrow.view(), {}, false); }),
              AllOf(HasSubstr("(10, 24)"), HasSubstr("(9, 24)")));
  EXPECT_THAT(message_of([&] { linear->run(half.view(), out.view(), {}, false); }),
              AllOf(HasSubstr("f32"), HasSubstr("f16 (10, 16)")));
  EXPECT_THAT(message_of([&] {
                linear->run(good.view(), out.view().permute({1, 0}), {}, false);
              }),
              HasSubstr("strided"));
}

TEST_P(DenseErrors, AWrongSpecIsRefusedWhenItIsPacked) {
  const Backend& on = backend(GetParam());
  const Tensor weight(DType::kF32, {4, 3, 3});
  const Tensor even(DType::kF32, {4, 3, 2});
  const Tensor bias(DType::kF32, {5});
  const Tensor oblong(DType::kF32, {4, 3, 3, 5});
  EXPECT_THAT(message_of([&] { on.linear({weight.view(), {}}); }), HasSubstr("(4, 3, 3)"));
  EXPECT_THAT(message_of([&] { on.conv1d({even.view(), {}}); }), HasSubstr("2"));
  EXPECT_THAT(message_of([&] {
                on.conv1d({weight.view(), bias.view()});
              }),
              AllOf(HasSubstr("(4)"), HasSubstr("(5)")));
  EXPECT_THAT(message_of([&] { on.conv1d({weight.view(), {}, 0}); }), HasSubstr("dilation"));
  EXPECT_THAT(message_of([&] { on.conv2d({oblong.view(), {}}); }), HasSubstr("square"));
}

TEST_P(DenseErrors, AStrideMustDivideTheImageAndAccumulatingTakesNoActivation) {
  const Tensor weight = random_tensor({2, 2, 3, 3}, 2), bias = random_tensor({2}, 3);
  const auto conv = backend(GetParam()).conv2d({weight.view(), bias.view(), 2, Activation::kRelu});
  const Tensor odd(DType::kF32, {9, 8, 2});
  const Tensor even(DType::kF32, {8, 8, 2});
  const Tensor out(DType::kF32, {4, 4, 2});
  EXPECT_THAT(message_of([&] { conv->run(odd.view(), out.view(), {}, false); }),
              AllOf(HasSubstr("stride 2"), HasSubstr("(9, 8, 2)")));
  EXPECT_THAT(message_of([&] { conv->run(even.view(), out.view(), {}, true); }),
              HasSubstr("activation"));
}

INSTANTIATE_TEST_SUITE_P(EveryBackEnd, DenseErrors, ::testing::Values("reference", "cpu"));

}  // namespace
}  // namespace heddle::attention
