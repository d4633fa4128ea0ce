#include "pipeline/heads/genes/error_models.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

TEST(ErrorModels, NoFrameshiftIsCheaperForAccurateReadsThanForNoisyOnes) {
  const NamedErrorModel& hifi = error_model_named("hifi");
  EXPECT_EQ(hifi.model, ErrorModel::kIndels);
  EXPECT_GT(hifi.shift, error_model_named("ont").shift);
  EXPECT_EQ(error_model_named("ont").shift, GenePrices().shift);
  EXPECT_EQ(error_model_named("clr").model, ErrorModel::kIndels);
}

TEST(ErrorModels, ReadsWhoseErrorsKeepTheFrameHaveNoFrameshifts) {
  EXPECT_EQ(error_model_named("illumina").model, ErrorModel::kNone);
  EXPECT_EQ(error_model_named("none").model, ErrorModel::kNone);
}

TEST(ErrorModels, AnUnknownNameIsToldThoseThereAre) {
  try {
    error_model_named("sanger");
    FAIL() << "accepted";
  } catch (const std::invalid_argument& error) {
    for (const NamedErrorModel& one : error_models()) {
      EXPECT_NE(std::string(error.what()).find(one.name), std::string::npos) << one.name;
    }
  }
}

}  // namespace
}  // namespace heddle::pipeline
