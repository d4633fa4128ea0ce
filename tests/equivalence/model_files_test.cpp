// The shipped model files say what their folders say.

#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "attention/weights/safetensors.h"
#include "tests/equivalence/agreement.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace heddle::attention {

std::vector<std::string> available_backends() {
  std::vector<std::string> names;
  for (const BackendStatus& status : backend_statuses()) {
    // Rounded to bf16 is not within a thousandth: genes_test.cpp has its own measure for that.
    if (status.available && status.name != "cpu-bf16") names.push_back(status.name);
  }
  return names;
}

namespace {

class ShippedModel : public ::testing::TestWithParam<std::string> {
 protected:
  std::string file(const std::string& name) const {
    return HEDDLE_ROOT "/configs/models/" + GetParam() + "/" + name;
  }
};

TEST_P(ShippedModel, HoldsTheProgramThatLiesBesideIt) {
  const Weights weights(file("weights.safetensors"));
  std::ifstream beside(file("model.json"));
  EXPECT_EQ(nlohmann::json::parse(weights.metadata().at("heddle.model")),
            nlohmann::json::parse(beside));
}

TEST_P(ShippedModel, LoadsAndNamesItself) {
  const Model model = Model::load(file("weights.safetensors"), backend());
  EXPECT_EQ(model.info().name, GetParam());
  EXPECT_EQ(model.info().sha256.size(), 64U);
}

TEST_P(ShippedModel, HasACardWithItsHash) {
  const Model model = Model::load(file("weights.safetensors"), backend());
  std::ifstream card(file("card.md"));
  const std::string text(std::istreambuf_iterator<char>(card), {});
  EXPECT_NE(text.find(model.info().sha256), std::string::npos) << model.info().sha256;
}

INSTANTIATE_TEST_SUITE_P(
    Models,
    ShippedModel,
    ::testing::Values("genes-reference", "genes-rna", "genes-tiny", "tracking-reference"),
    [](const auto& row) {
      std::string name = row.param;
      name[name.find('-')] = '_';
      return name;
    });

}  // namespace
}  // namespace heddle::attention
