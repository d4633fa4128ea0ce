// What each layout makes of one planted box, and which outputs it is recognised by.

#include "pipeline/detectors/onnx_layouts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace heddle::pipeline {
namespace {

constexpr int kSide = 64;    // of the input: 64 + 16 + 4 = 84 cells
constexpr int kClasses = 3;  // in those that have as many as they like

/// An output of zeros that boxes are planted in.
struct Planted {
  explicit Planted(std::vector<std::int64_t> shape_given) : shape(std::move(shape_given)) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    values.assign(static_cast<std::size_t>(count), 0.F);
  }
  OnnxOutput output() const { return {shape, values, kSide, kSide}; }
  void row(std::size_t number, const std::vector<float>& given) {
    std::copy(given.begin(),
              given.end(),
              values.begin() + static_cast<std::ptrdiff_t>(number * given.size()));
  }
  void column(std::size_t number, const std::vector<float>& given) {
    const std::size_t columns = values.size() / given.size();
    for (std::size_t i = 0; i < given.size(); ++i) values[i * columns + number] = given[i];
  }

  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

std::vector<Candidate> decoded(const OnnxLayout& layout, const Planted& planted) {
  std::vector<Candidate> found;
  layout.decode(planted.output(), 0.25F, found);
  return found;
}

/// Recognised as `name`, the planted output gives one box: 16 x 8 around (20, 12), class 2.
void expect_the_box(const Planted& planted, const std::string& name, float score) {
  const OnnxLayout* layout = recognise_layout(planted.output());
  ASSERT_NE(layout, nullptr);
  EXPECT_EQ(layout->name, name);
  const std::vector<Candidate> found = decoded(*layout, planted);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(found[0].box.x, 12, 1e-4);
  EXPECT_NEAR(found[0].box.y, 8, 1e-4);
  EXPECT_NEAR(found[0].box.width, 16, 1e-4);
  EXPECT_NEAR(found[0].box.height, 8, 1e-4);
  EXPECT_NEAR(found[0].score, score, 1e-5);
  EXPECT_EQ(found[0].kind, 2);
}

TEST(OnnxLayouts, YoloxAddsTheCellAndScalesByTheStride) {
  Planted planted({1, 84, 5 + kClasses});
  // Cell (2, 1) of stride 8: (2 + 0.5) * 8 = 20, (1 + 0.5) * 8 = 12.
  planted.row(8 + 2, {0.5F, 0.5F, std::log(2.F), 0.F, 0.8F, 0.1F, 0.2F, 0.5F});
  expect_the_box(planted, "yolox", 0.4F);
}

TEST(OnnxLayouts, YoloxThatIsDecodedIsToldByCentresOverTheWholeInput) {
  Planted planted({1, 84, 5 + kClasses});
  planted.row(10, {20, 12, 16, 8, 0.8F, 0.1F, 0.2F, 0.5F});
  planted.row(83, {48, 48, 32, 32, 0.01F, 0, 0, 0});
  expect_the_box(planted, "yolox-decoded", 0.4F);
}

TEST(OnnxLayouts, Yolov5HasThreeAnchorsACell) {
  Planted planted({1, 3 * 84, 5 + kClasses});
  planted.row(100, {20, 12, 16, 8, 0.8F, 0.1F, 0.2F, 0.5F});
  expect_the_box(planted, "yolov5", 0.4F);
}

TEST(OnnxLayouts, Yolov8IsTransposedAndHasNoObjectness) {
  Planted planted({1, 4 + kClasses, 84});
  planted.column(10, {20, 12, 16, 8, 0.1F, 0.2F, 0.5F});
  expect_the_box(planted, "yolov8", 0.5F);
}

TEST(OnnxLayouts, EndToEndHasCorners) {
  Planted planted({1, 300, 6});
  planted.row(0, {12, 8, 28, 16, 0.6F, 2});
  expect_the_box(planted, "end-to-end", 0.6F);
}

TEST(OnnxLayouts, SsdHasSharesOfTheInput) {
  Planted planted({1, 1, 100, 7});
  planted.row(3, {0, 2, 0.7F, 12.F / 64, 8.F / 64, 28.F / 64, 16.F / 64});
  planted.row(4, {-1, 2, 0.7F, 0, 0, 1, 1});  // no picture: behind the last box
  expect_the_box(planted, "ssd", 0.7F);
}

TEST(OnnxLayouts, FastestdetTakesTanhAndSigmoidOfItsCells) {
  Planted planted({1, 5 + kClasses, 4, 4});
  // Cell (1, 0) of stride 16: (1 + 0.25) * 16 = 20, 0.75 * 16 = 12.
  const auto logit = [](float share) { return std::log(share / (1 - share)); };
  planted.column(1,
                 {0.8F,
                  std::atanh(0.25F),
                  std::atanh(0.75F),
                  logit(16.F / 64),
                  logit(8.F / 64),
                  0.1F,
                  0.2F,
                  0.5F});
  expect_the_box(planted, "fastestdet", std::pow(0.8F, 0.6F) * std::pow(0.5F, 0.4F));
}

TEST(OnnxLayouts, AreNotRecognisedInOtherShapes) {
  for (const std::vector<std::int64_t>& shape : std::vector<std::vector<std::int64_t>>{
           {1, 3, 8, 8}, {84, 8}, {1, 85, 8}, {2, 84, 8}, {1, 1, 100, 6}, {1, 1000}}) {
    EXPECT_EQ(recognise_layout(Planted(shape).output()), nullptr) << testing::PrintToString(shape);
  }
}

TEST(OnnxLayouts, LeaveOutBoxesThatAreNoNumbers) {
  Planted planted({1, 84, 5 + kClasses});
  planted.row(10, {0.5F, 0.5F, 1000.F, 0.F, 0.8F, 0.1F, 0.2F, 0.5F});  // exp overflows
  planted.row(11, {NAN, 0.5F, 0.F, 0.F, 0.8F, 0.1F, 0.2F, 0.5F});
  EXPECT_TRUE(decoded(onnx_layouts()[0], planted).empty());
}

TEST(OnnxLayouts, NoneTakesABoxWhoseScoreIsNoNumber) {
  const float nan = std::nanf("");
  for (const OnnxLayout& layout : onnx_layouts()) {
    const std::string shape(layout.shape);
    Planted planted(shape == "1xNx(5+C)"   ? std::vector<std::int64_t>{1, 84, 5 + kClasses}
                    : shape == "1x(4+C)xN" ? std::vector<std::int64_t>{1, 4 + kClasses, 84}
                    : shape == "1xNx6"     ? std::vector<std::int64_t>{1, 10, 6}
                    : shape == "1x1xNx7"   ? std::vector<std::int64_t>{1, 1, 10, 7}
                                           : std::vector<std::int64_t>{1, 5 + kClasses, 4, 4});
    // Sides of 1 and more, whatever the layout, so that the score alone decides.
    for (std::size_t i = 0; i < planted.values.size(); ++i) {
      planted.values[i] = 1 + static_cast<float>(i % 7);
    }
    if (shape == "1xNx(5+C)") {
      for (std::size_t row = 0; row < 84; ++row) planted.values[row * (5 + kClasses) + 4] = nan;
    } else if (shape == "1xNx6") {
      for (std::size_t row = 0; row < 10; ++row) planted.row(row, {1, 1, 9, 9, nan, 1});
    } else if (shape == "1x1xNx7") {
      for (std::size_t row = 0; row < 10; ++row)
        planted.row(row, {0, 1, nan, 0.1F, 0.1F, 0.5F, 0.5F});
    } else {
      std::fill(planted.values.begin(), planted.values.end(), nan);
    }
    EXPECT_TRUE(decoded(layout, planted).empty()) << layout.name;
  }
}

}  // namespace
}  // namespace heddle::pipeline
