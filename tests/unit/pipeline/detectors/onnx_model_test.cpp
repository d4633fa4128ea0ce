#include "pipeline/detectors/onnx_model.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

std::string fixture(const std::string& name) {
  std::ifstream file(HEDDLE_TEST_DATA "/detectors/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(OnnxModel, TellsItsShapesAndMetadata) {
  const OnnxModel model = describe_onnx(fixture("colours_yolov8.onnx"));
  ASSERT_EQ(model.inputs.size(), 1u) << "weights are no inputs";
  EXPECT_EQ(model.inputs[0].name, "images");
  EXPECT_EQ(shape_text(model.inputs[0].shape), "1x3x64x64");
  ASSERT_EQ(model.outputs.size(), 1u);
  EXPECT_EQ(shape_text(model.outputs[0].shape), "1x6x84");
  EXPECT_EQ(model.metadata.at("names"), "{0: 'red', 1: 'blue'}");
}

TEST(OnnxModel, WritesWhatMayVaryAsAQuestion) {
  EXPECT_EQ(shape_text({-1, 3, 640, 640}), "?x3x640x640");
  EXPECT_EQ(shape_text({}), "scalar");
}

TEST(OnnxModel, RefusesWhatIsNone) {
  for (const std::string& bytes :
       {std::string(), std::string(40, 'h'), std::string("\x0a\xff\x7f", 3)}) {
    EXPECT_THROW(describe_onnx(bytes), std::invalid_argument) << bytes;
  }
}

TEST(OnnxModel, CutAnywhereIsRefusedOrStillDescribedButNeverReadBeyond) {
  const std::string whole = fixture("colours_yolox.onnx");
  int refused = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    try {
      describe_onnx(std::string(whole.substr(0, length)));
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()) - 50) << "all but cuts between the last fields";
}

}  // namespace
}  // namespace heddle::pipeline
