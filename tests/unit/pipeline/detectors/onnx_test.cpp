// The tiny models of tests/data/detectors on drawn frames.

#include "pipeline/detectors/onnx.h"

#include "io/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace heddle::pipeline {
namespace {

using testing::HasSubstr;

std::string fixture(const std::string& name) { return HEDDLE_TEST_DATA "/detectors/" + name; }

io::Frame grey(int width, int height) {
  io::Frame frame;
  frame.width = width;
  frame.height = height;
  frame.bgr.assign(static_cast<std::size_t>(3 * width * height), 114);
  return frame;
}

void draw(io::Frame& frame, int x, int y, int side, bool red) {
  for (int row = y; row < y + side; ++row) {
    for (int column = x; column < x + side; ++column) {
      std::uint8_t* pixel = &frame.bgr[static_cast<std::size_t>(3 * (row * frame.width + column))];
      pixel[0] = red ? 0 : 200;
      pixel[1] = 0;
      pixel[2] = red ? 200 : 0;
    }
  }
}

std::string complaint(const std::string& file, const OnnxSettings& settings = {}) {
  try {
    const OnnxDetector detector(file, settings);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

class Onnx : public testing::Test {
 protected:
  void SetUp() override {
    if (!onnx_absent().empty()) GTEST_SKIP() << onnx_absent();
  }
};

class OnnxDetects : public Onnx, public testing::WithParamInterface<const char*> {};

TEST_P(OnnxDetects, RedAndBlueSquaresWhereTheyAre) {
  const OnnxDetector detector(fixture(GetParam()), {.class_names = {"red", "blue"}});
  io::Frame frame = grey(64, 64);
  draw(frame, 16, 8, 8, true);
  draw(frame, 48, 40, 8, false);
  const std::vector<Detection> found = detector.detect(frame);
  ASSERT_EQ(found.size(), 2u);
  for (const Detection& one : found) {
    const bool red = detector.class_name(one.kind) == "red";
    EXPECT_NEAR(one.box.x, red ? 16 : 48, 1e-3);
    EXPECT_NEAR(one.box.y, red ? 8 : 40, 1e-3);
    EXPECT_NEAR(one.box.width, 8, 1e-3);
    EXPECT_GT(one.score, 0.95);
  }
  EXPECT_NE(found[0].kind, found[1].kind);
}

INSTANTIATE_TEST_SUITE_P(Layouts,
                         OnnxDetects,
                         testing::Values("colours_yolox.onnx", "colours_yolov8.onnx"),
                         [](const auto& one) {
                           return std::string(one.param).substr(8, 6) == "yolox." ? "Yolox"
                                                                                  : "Yolov8";
                         });

TEST_F(Onnx, PutsBoxesBackIntoAFrameOfAnotherShape) {
  // 128 x 64 goes into 64 x 64 at half size: in YOLOv8's way with 16 rows of grey above.
  for (const char* name : {"colours_yolox.onnx", "colours_yolov8.onnx"}) {
    io::Frame frame = grey(128, 64);
    draw(frame, 32, 16, 16, true);
    const auto found = OnnxDetector(fixture(name), {}).detect(frame);
    ASSERT_EQ(found.size(), 1u) << name;
    EXPECT_NEAR(found[0].box.x, 32, 1e-3) << name;
    EXPECT_NEAR(found[0].box.y, 16, 1e-3) << name;
    EXPECT_NEAR(found[0].box.width, 16, 1e-3) << name;
  }
}

TEST_F(Onnx, AFrameWhoseBytesDoNotFitFailsByItselfAndDoesNotEndTheRun) {
  const OnnxDetector detector(fixture("colours_yolox.onnx"), {});
  io::Frame torn = grey(64, 64);
  torn.bgr.pop_back();
  EXPECT_THROW(detector.detect(torn), std::runtime_error);  // the graph takes logic errors as ours
  EXPECT_NO_THROW(detector.detect(grey(64, 64)));
}

TEST_F(Onnx, KeepsToTheClassesThatAreWanted) {
  io::Frame frame = grey(64, 64);
  draw(frame, 16, 8, 8, true);
  draw(frame, 48, 40, 8, false);
  const auto found =
      OnnxDetector(fixture("colours_yolov8.onnx"), {.wanted = {"blue"}}).detect(frame);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(found[0].box.x, 48, 1e-3);
}

TEST_F(Onnx, TakesTheNamesThatTheModelCarries) {
  const OnnxDetector named(fixture("colours_yolov8.onnx"), {});
  EXPECT_EQ(named.class_name(1), "blue");
  EXPECT_EQ(named.class_name(7), "class 7");
  EXPECT_EQ(OnnxDetector(fixture("colours_yolox.onnx"), {}).class_name(1), "class 1");
}

TEST_F(Onnx, GivesTheSameBoxesToEveryThread) {
  const OnnxDetector detector(fixture("colours_yolox.onnx"), {});
  io::Frame frame = grey(100, 75);
  draw(frame, 20, 20, 13, true);
  const auto alone = detector.detect(frame);
  ASSERT_FALSE(alone.empty());
  std::vector<std::vector<Detection>> found(3);
  std::vector<std::thread> threads;
  for (auto& mine : found) threads.emplace_back([&] { mine = detector.detect(frame); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : found) {
    ASSERT_EQ(mine.size(), alone.size());
    EXPECT_EQ(mine[0].box.x, alone[0].box.x);
    EXPECT_EQ(mine[0].score, alone[0].score);
  }
}

TEST_F(Onnx, NamesTheShapesAndTheLayoutsWhereItKnowsNone) {
  const std::string text = complaint(fixture("no_detector.onnx"));
  EXPECT_THAT(text, HasSubstr("its output 1x3x8x8 for an input of 64x64 is of no layout"));
  EXPECT_THAT(text, HasSubstr("--onnx-layout: yolox (1xNx(5+C))"));
}

TEST_F(Onnx, SaysWhenTheStatedLayoutCannotBe) {
  EXPECT_THAT(complaint(fixture("colours_yolox.onnx"), {.layout = "ssd"}),
              HasSubstr("output 1x84x7 for an input of 64x64 is not of layout ssd"));
}

TEST_F(Onnx, SaysWhenTheNamesAreOfAnotherModel) {
  EXPECT_THAT(complaint(fixture("colours_yolox.onnx"), {.class_names = {"one"}}),
              HasSubstr("has 2 classes by layout yolox, but 1 are named"));
}

TEST_F(Onnx, SaysWhichSizeAFixedModelTakes) {
  EXPECT_THAT(complaint(fixture("colours_yolox.onnx"), {.width = 96, .height = 96}),
              HasSubstr("its input is 1x3x64x64 and takes no other size"));
}

TEST_F(Onnx, RefusesAFileThatIsNoModel) {
  EXPECT_THAT(complaint(fixture("README.md")), HasSubstr("README.md: it is no ONNX model"));
  EXPECT_THAT(complaint(fixture("missing.onnx")), HasSubstr("missing.onnx: cannot be opened"));
}

TEST_F(Onnx, RefusesAFileThatIsCutShort) {
  std::ifstream whole(fixture("colours_yolox.onnx"), std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(whole), {}};
  const auto path = std::filesystem::temp_directory_path() / "heddle_onnx_test_cut.onnx";
  std::ofstream(path, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  EXPECT_THAT(complaint(path), HasSubstr("is cut short"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace heddle::pipeline
