#include "attention/model/parameters.h"

#include "attention/weights/weights_error.h"
#include "tests/unit/attention/backend/random_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace heddle::attention {
namespace {

using ::testing::HasSubstr;

Parameters two_tensors() {
  const std::vector<ParameterShape> shapes = {{"b.weight", {3, 5}}, {"a.bias", {2}}};
  Parameters parameters(shapes, {{"note", "kept"}});
  for (std::size_t i = 0; i < parameters.count(); ++i) {
    for (std::int64_t e = 0; e < parameters.info(i).size; ++e) {
      parameters.at(i).as<float>()[e] = static_cast<float>(10 * i) + static_cast<float>(e) / 4;
    }
  }
  return parameters;
}

TEST(Parameters, LieInTheOrderOfTheirNamesWithZerosBetween) {
  const Parameters parameters = two_tensors();
  ASSERT_EQ(parameters.count(), 2u);
  EXPECT_EQ(parameters.info(0).name, "a.bias");
  EXPECT_EQ(parameters.info(1).offset, 16);
  EXPECT_EQ(parameters.elements(), 17);
  EXPECT_EQ(parameters.flat().size(), 32u);
  EXPECT_EQ(parameters.flat()[1], 0.25f);
  EXPECT_EQ(parameters.flat()[2], 0);
  EXPECT_EQ(parameters.flat()[17], 10.25f);
}

class SavedAs : public ::testing::TestWithParam<DType> {};

TEST_P(SavedAs, ParametersComeBackWithTheirMetadata) {
  const std::string path =
      ::testing::TempDir() + "heddle-parameters-" + std::to_string(::getpid()) + ".safetensors";
  const Parameters saved = two_tensors();
  saved.save(path, GetParam());
  const Weights file(path);
  EXPECT_EQ(file.tensor("a.bias").dtype, GetParam());
  const Parameters loaded(file);
  EXPECT_TRUE(std::ranges::equal(saved.flat(), loaded.flat()));  // quarters: exact in each
  EXPECT_EQ(loaded.metadata(), saved.metadata());
  std::filesystem::remove(path);
}

INSTANTIATE_TEST_SUITE_P(DTypes,
                         SavedAs,
                         ::testing::Values(DType::kF32, DType::kF16, DType::kBF16),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST(Parameters, ThatFitNoHalfAreNotWritten) {
  const std::string path = ::testing::TempDir() + "heddle-parameters-large-" +
                           std::to_string(::getpid()) + ".safetensors";
  const Parameters parameters = two_tensors();
  parameters.at("a.bias").as<float>()[1] = 1e6f;
  try {
    parameters.save(path, DType::kF16);
    FAIL() << "was written";
  } catch (const WeightsError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'a.bias' holds 1000000"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Parameters, AreFrozenByTheBeginningOfTheirNames) {
  Parameters parameters = two_tensors();
  const Gradients before(parameters);
  parameters.set_trainable("b.", false);
  EXPECT_EQ(parameters.trainable_elements(), 2);
  EXPECT_EQ(before.trainable_elements(), 17);
  EXPECT_THROW(parameters.set_trainable("c.", false), std::invalid_argument);
}

TEST(Parameters, OfOneNameTwiceAreRefused) {
  const std::vector<ParameterShape> shapes = {{"w", {1}}, {"w", {2}}};
  EXPECT_THROW(Parameters(shapes, {}), std::invalid_argument);
}

TEST(Parameters, ThatAreClonedChangeApart) {
  const Parameters parameters = two_tensors();
  const Parameters other = parameters.clone();
  other.at(0).as<float>()[0] = 100;
  EXPECT_EQ(parameters.at(0).as<float>()[0], 0);
  EXPECT_EQ(other.at(1).as<float>()[3], 10.75f);
}

TEST(Gradients, AreZeroUntilTheyAreAddedTo) {
  const Parameters parameters = two_tensors();
  Gradients gradients(parameters);
  gradients.at("b.weight").as<float>()[0] = 1;
  gradients.set_zero();
  for (const float one : gradients.flat()) EXPECT_EQ(one, 0);
}

}  // namespace
}  // namespace heddle::attention
