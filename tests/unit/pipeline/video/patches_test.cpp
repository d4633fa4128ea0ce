#include "pipeline/encoders/patches.h"

#include "attention/weights/safetensors.h"
#include "pipeline/encoders/patches_maps.h"

#include <gtest/gtest.h>

#include <cmath>

namespace heddle::pipeline {
namespace {

using attention::DType;
using attention::Tensor;

io::Frame drawn_frame(int width, int height) {
  io::Frame frame;
  frame.width = width;
  frame.height = height;
  frame.bgr.resize(static_cast<std::size_t>(width) * height * 3);
  for (std::size_t i = 0; i < frame.bgr.size(); ++i) {
    frame.bgr[i] = static_cast<std::uint8_t>((i * 2654435761U) >> 13);
  }
  return frame;
}

/// The definition, sample by sample.
double defined(const io::Frame& f, const CropWindow& w, int n, int row, int column, int channel) {
  const int k = std::max(1, static_cast<int>(std::nearbyint(w.side / n)));
  const auto place = [&](int i, int j, double centre, int extent) {
    const double x = centre + ((i * k + j + 0.5) / (n * k) - 0.5) * w.side - 0.5;
    return std::clamp(x, 0.0, extent - 1.0);
  };
  const auto pixel = [&](int y, int x) {
    y = std::min(y, f.height - 1);
    x = std::min(x, f.width - 1);
    return static_cast<double>(f.bgr[(static_cast<std::size_t>(y) * f.width + x) * 3 + channel]);
  };
  double sum = 0;
  for (int a = 0; a < k; ++a) {
    for (int b = 0; b < k; ++b) {
      const double y = place(row, a, w.cy, f.height), x = place(column, b, w.cx, f.width);
      const int y0 = static_cast<int>(y), x0 = static_cast<int>(x);
      const double v = y - y0, u = x - x0;
      sum += (1 - v) * ((1 - u) * pixel(y0, x0) + u * pixel(y0, x0 + 1)) +
             v * ((1 - u) * pixel(y0 + 1, x0) + u * pixel(y0 + 1, x0 + 1));
    }
  }
  return sum / (k * k);
}

class SampleCrop : public testing::TestWithParam<CropWindow> {};

TEST_P(SampleCrop, GivesWhatTheDefinitionGives) {
  constexpr int kSide = 32;
  const io::Frame frame = drawn_frame(61, 43);
  Tensor crop(DType::kF32, {kSide, kSide, 3});
  sample_crop(frame, GetParam(), crop.view());
  const float* value = crop.view().as<float>();
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) {
      for (int c = 0; c < 3; ++c, ++value) {
        ASSERT_NEAR(*value, defined(frame, GetParam(), kSide, i, j, c), 1e-3)
            << "row " << i << " column " << j << " channel " << c;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Windows,
                         SampleCrop,
                         testing::Values(CropWindow{30, 20, 32},      // pixel for pixel
                                         CropWindow{30.3, 20.7, 17},  // enlarged
                                         CropWindow{25, 25, 70},      // 2 x 2 samples
                                         CropWindow{10, 40, 300},     // 9 x 9, mostly border
                                         CropWindow{-50, -80, 40}));  // wholly outside

TEST(SampleCrop, RefusesWindowsWithoutSizeAndFramesWithoutPixels) {
  Tensor crop(DType::kF32, {8, 8, 3});
  const io::Frame frame = drawn_frame(4, 4);
  EXPECT_THROW(sample_crop(frame, {1, 1, 0}, crop.view()), std::invalid_argument);
  EXPECT_THROW(sample_crop(frame, {1, 1, std::nan("")}, crop.view()), std::invalid_argument);
  io::Frame broken = frame;
  broken.bgr.pop_back();
  EXPECT_THROW(sample_crop(broken, {1, 1, 4}, crop.view()), std::invalid_argument);
}

class ReferenceMaps : public testing::Test {
 protected:
  /// The stored tensor as floats.
  std::vector<float> stored(const std::string& name) const {
    const auto view = file_.tensor(name);
    Tensor as_float(DType::kF32, std::span(view.shape.data(), static_cast<std::size_t>(view.rank)));
    copy(view, as_float.view());
    const float* data = as_float.view().as<float>();
    return {data, data + view.size()};
  }
  attention::Weights file_{HEDDLE_TEST_DATA "/tracking-vector.safetensors"};
};

TEST_F(ReferenceMaps, MemoryValuesAreThoseOfTheReference) {
  const std::vector<float> box = stored("box"), wanted = stored("labels");  // (4, 8, 8)
  Tensor values(DType::kF32, {64, kMemoryValues});
  memory_values(centred_box(box[0], box[1], box[2], box[3]), 8, values.view());
  for (int cell = 0; cell < 64; ++cell) {
    for (int i = 0; i < kMemoryValues; ++i) {
      EXPECT_NEAR(values.view().as<float>()[cell * kMemoryValues + i], wanted[i * 64 + cell], 1e-3);
    }
  }
}

TEST_F(ReferenceMaps, TheMotionPriorIsThatOfTheReference) {
  const std::vector<float> wanted = stored("prior");
  Tensor map(DType::kF32, {8, 8});
  motion_prior({32, 32, 0.12}, map.view());
  for (int cell = 0; cell < 64; ++cell) {
    EXPECT_NEAR(map.view().as<float>()[cell], wanted[cell], 1e-3);
  }
}

TEST(MotionPrior, SaysNothingWhenItExpectsTheObjectNowhere) {
  Tensor map(DType::kF32, {4, 4});
  motion_prior({16, 16, kFlatPrior}, map.view());
  for (int cell = 0; cell < 16; ++cell) EXPECT_EQ(map.view().as<float>()[cell], 0);
}

}  // namespace
}  // namespace heddle::pipeline
