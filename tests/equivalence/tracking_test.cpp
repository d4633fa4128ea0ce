// The tracking encoder, read-out and head against the numbers of
// configs/models/tracking-reference's definition.

#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "attention/weights/safetensors.h"
#include "tests/equivalence/agreement.h"

#include <gtest/gtest.h>

#include <array>

namespace heddle::attention {
namespace {

constexpr std::int64_t kCells = 8;  // along each side of the vector's 64 x 64 crops

class TrackingReference : public ::testing::TestWithParam<std::string> {
 protected:
  TrackingReference()
      : vector_(HEDDLE_TEST_DATA "/tracking-vector.safetensors"),
        backend_(backend(GetParam())),
        model_(Model::load(HEDDLE_ROOT "/configs/models/tracking-reference/weights.safetensors",
                           backend_)) {}

  Workspace encode(const char* input) const {
    Workspace work = model_.make_workspace("encode", {shape_of(DType::kU8, {64, 64, 3})});
    copy(vector_.tensor(input).permute({1, 2, 0}), work.input("image"));
    model_.run(work);
    return work;
  }

  /// Stored (channels, h, w) as (h, w, channels).
  TensorView channels_last(const char* name) const {
    return vector_.tensor(name).permute({1, 2, 0});
  }

  Weights vector_;
  const Backend& backend_;
  Model model_;
};

TEST_P(TrackingReference, TheEncoderGivesTheStoredEmbeddingsAndFeatures) {
  for (const std::string number : {"", "2"}) {
    const Workspace work = encode(("input" + number).c_str());
    expect_agreement("emb" + number,
                     work.output("emb").reshape({kCells, kCells, 128}),
                     channels_last(("emb" + number).c_str()));
    expect_agreement("red" + number, work.output("red"), channels_last(("red" + number).c_str()));
  }
}

TEST_P(TrackingReference, TheReadOutGivesTheStoredMaps) {
  const Workspace first = encode("input");
  const Workspace second = encode("input2");
  Tensor values(DType::kF32, {kCells * kCells, 4});
  copy(vector_.tensor("labels").reshape({4, kCells * kCells}).permute({1, 0}), values.view());
  const std::array segments = {
      KeySegment{.keys = first.output("emb").reshape({1, kCells * kCells, 128}),
                 .values = values.view().reshape({1, kCells * kCells, 4})}};
  for (const int top : {0, 32}) {
    Tensor maps(DType::kF32, {6, kCells * kCells});
    backend_.read_out({.queries = second.output("emb"),
                       .segments = segments,
                       .scale = static_cast<float>(model_.constant("att.scale")),
                       .top = top,
                       .out = maps.view()});
    const char* name = top ? "readout_top32" : "readout";
    expect_agreement(name, maps.view().reshape({6, kCells, kCells}), vector_.tensor(name));
  }
}

TEST_P(TrackingReference, TheHeadGivesTheStoredVisibilityAndSides) {
  const std::array shapes = {shape_of(DType::kF32, {kCells, kCells, 13}),
                             shape_of(DType::kF32, {kCells, kCells, 32})};
  Workspace work = model_.make_workspace("head", shapes);
  const TensorView& maps = work.input("maps");
  copy(channels_last("readout"), maps.slice(2, 0, 6));
  copy(channels_last("readout"), maps.slice(2, 6, 6));
  copy(channels_last("prior"), maps.slice(2, 12, 1));
  copy(channels_last("red2"), work.input("red"));
  model_.run(work);
  expect_agreement("logit", work.output("logit"), vector_.tensor("logit"));
  expect_agreement("ltrb", work.output("ltrb"), channels_last("ltrb"));
}

INSTANTIATE_TEST_SUITE_P(BackEnds, TrackingReference, ::testing::ValuesIn(available_backends()));

}  // namespace
}  // namespace heddle::attention
