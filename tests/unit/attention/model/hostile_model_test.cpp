#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "attention/weights/weights_error.h"
#include "tests/unit/attention/model/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace heddle::attention {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr const char* kInput = R"([{"name": "x", "dtype": "f32", "shape": [4, 2]}])";

struct Hostile {
  std::string name;
  std::string program;
  std::string says;
};

Hostile bad_step(const std::string& name, const std::string& step, const std::string& says) {
  return {name, program_of(kInput, "[" + step + "]"), says};
}

std::vector<Hostile> hostile_programs() {
  return {
      {"NotJson", "{", "not valid JSON"},
      {"NotAnObject", "[]", "expected an object with 'version'"},
      {"DepthBomb", std::string(1000, '['), "nested deeper than 16"},
      {"AnotherVersion", R"({"version": 2})", "expected 'version' as a whole number from 1 to 1"},
      {"NoFunctions",
       R"({"version": 1, "name": "a", "kind": "b", "functions": {}})",
       "1 to 16 functions"},
      {"ConstantNotThere",
       R"({"version": 1, "name": "a", "kind": "b", "constants": ["c"], "functions": {}})",
       "functions"},
      {"ExtentOfZero",
       program_of(R"([{"name": "x", "dtype": "f32", "shape": [0]}])", "[]"),
       "from 1 to 16777216"},
      {"UnknownInputType",
       program_of(R"([{"name": "x", "dtype": "f16", "shape": [1]}])", "[]"),
       "unknown input dtype 'f16'"},
      {"NoSteps", program_of(kInput, "[]"), "'steps' as a list of 1"},
      {"TooManySteps",
       program_of(kInput,
                  R"([{"repeat": 256, "index": "i", "steps": [{"repeat": 256, "index": "j",
                       "steps": [{"op": "relu", "in": "x", "out": "y"}]}]}])"),
       "more than 4096 steps"},
      {"RepeatsNestTooDeep",
       program_of(kInput,
                  R"([{"repeat": 1, "index": "i", "steps": [{"repeat": 1, "index": "j", "steps":
                      [{"repeat": 1, "index": "k", "steps": [{"op": "relu", "in": "x",
                      "out": "y"}]}]}]}])"),
       "nest deeper than 2"},
      {"RepeatWithoutEnd",
       program_of(kInput, R"([{"repeat": 1000000000, "index": "i", "steps": []}])"),
       "from 1 to 256"},
  };
}

std::vector<Hostile> hostile_steps() {
  return {
      bad_step("UnknownOperation",
               R"({"op": "explode", "in": "x", "out": "y"})",
               "step 1 (explode): no operation is called 'explode'; known are conv1d"),
      bad_step("UnknownRegister",
               R"({"op": "relu", "in": "z", "out": "y"})",
               "register 'z' is read before anything is written to it"),
      bad_step("InputOverwritten",
               R"({"op": "relu", "in": "x", "out": "x"})",
               "register 'x' is an input, which is read-only"),
      bad_step("UnknownOption",
               R"({"op": "relu", "in": "x", "out": "y", "slope": 1})",
               "option 'slope': is not one this operation knows"),
      bad_step("OptionMissing",
               R"({"op": "channels", "in": "x", "out": "y", "first": 0})",
               "option 'count': is required"),
      bad_step("OptionOutOfRange",
               R"({"op": "channels", "in": "x", "out": "y", "first": -1, "count": 1})",
               "expected 0 to 65536, the file has -1"),
      bad_step("OptionOfAnotherKind",
               R"({"op": "channels", "in": "x", "out": "y", "first": "0", "count": 1})",
               "expected a whole number"),
      bad_step("OptionIsNull",
               R"({"op": "channels", "in": "x", "out": "y", "first": null, "count": 1})",
               "expected 'first' as a whole number"),
      bad_step("ListOutsideARepeat",
               R"({"op": "channels", "in": "x", "out": "y", "first": [0], "count": 1})",
               "is a list outside of a repeat"),
      bad_step(
          "TooFewInputs", R"({"op": "add", "in": "x", "out": "y"})", "expected 2 inputs, got 1"),
      bad_step("MissingTensor",
               R"({"op": "linear", "in": "x", "out": "y", "weights": "nowhere", "bias": false})",
               "no tensor 'nowhere.weight'"),
      bad_step("TensorOfAnotherRank",
               R"({"op": "conv2d", "in": "x", "out": "y", "weights": "w", "bias": false})",
               "expected 'w.weight' with 4 axes, the file has f32 (2, 2)"),
      bad_step("AccumulatesIntoNothing",
               R"({"op": "linear", "in": "x", "out": "y", "weights": "w", "bias": false,
                   "accumulate": true})",
               "register 'y' is read before anything is written to it"),
      bad_step("PatternOfNonsense",
               R"({"op": "attention", "in": "x", "out": "y", "heads": 1, "pattern": "window("})",
               "step 1 (attention)"),
      bad_step("MemoryBeyondReason",
               R"json({"op": "memory_attention", "in": "x", "out": "y", "heads": 1024, "dim": 1024,
                   "pattern": "window(1)", "block": 4096, "sink_blocks": 65536,
                   "ring_blocks": 65536, "long_blocks": 1048576})json",
               "step 1 (memory_attention)"),
      bad_step("TensorNobodyUses",
               R"({"op": "relu", "in": "x", "out": "y"})",
               "tensor 'w.weight' is used by no function"),
  };
}

class HostileProgram : public ::testing::TestWithParam<Hostile> {
 protected:
  Tensor weight_ = tensor_of({2, 2}, {1, 2, 3, 4});
};

TEST_P(HostileProgram, IsRefusedInWordsThatNameTheFault) {
  const ModelFile file(GetParam().program, {{"w.weight", weight_.view()}});
  EXPECT_THAT([&] { Model::load(file.path(), backend("reference")); },
              ThrowsMessage<WeightsError>(::testing::AllOf(::testing::StartsWith(file.path()),
                                                           HasSubstr(GetParam().says))));
}

std::string name_of(const testing::TestParamInfo<Hostile>& row) { return row.param.name; }

INSTANTIATE_TEST_SUITE_P(Programs,
                         HostileProgram,
                         ::testing::ValuesIn(hostile_programs()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Steps, HostileProgram, ::testing::ValuesIn(hostile_steps()), name_of);

TEST(ModelShapes, AMismatchNamesTheFunctionTheStepAndBothShapes) {
  const Tensor weight = tensor_of({2, 3}, {1, 2, 3, 4, 5, 6});
  const ModelFile file(
      program_of(kInput,
                 R"([{"op": "linear", "in": "x", "out": "y", "weights": "w", "bias": false}])"),
      {{"w.weight", weight.view()}});
  const Model model = Model::load(file.path(), backend("reference"));
  EXPECT_THAT([&] { model.make_workspace("f"); },
              ThrowsMessage<std::invalid_argument>(
                  ::testing::AllOf(HasSubstr("function 'f', step 1 (linear)"),
                                   HasSubstr("expected 3 channels, got f32 (4, 2)"))));
}

TEST(ModelShapes, AWorkspaceLargerThanTheLimitIsRefusedBeforeItIsMade) {
  const ModelFile file(program_of(R"([{"name": "x", "dtype": "f32", "shape": ["h", "w", "c"]}])",
                                  R"([{"op": "relu", "in": "x", "out": "y"}])"),
                       {});
  const Model model = Model::load(file.path(), backend("reference"));
  const Shape huge = shape_of(DType::kF32, {1 << 24, 1 << 24, 1 << 14});
  EXPECT_THROW(model.make_workspace("f", {huge}), std::invalid_argument);
}

TEST(HostileModel, AThousandMutatedProgramsAreReadOrRefusedButNeverBreak) {
  const Tensor weight = tensor_of({2, 2}, {1, 2, 3, 4});
  const std::string whole =
      program_of(kInput,
                 R"([{"op": "linear", "in": "x", "out": "t", "weights": "w", "bias": false},
          {"repeat": 2, "index": "i", "steps": [
            {"op": "linear", "in": "x", "out": "t", "weights": "w", "bias": false,
             "accumulate": true},
            {"op": "concat", "in": ["t", "x"], "out": "u{i}"},
            {"op": "channels", "in": "u{i}", "out": "y", "first": [0, 1], "count": 2}]}])");
  std::mt19937 random(2026);
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string text = whole;
    for (std::uint32_t edits = 1 + random() % 3; edits > 0; --edits) {
      text[random() % text.size()] = static_cast<char>(' ' + random() % 95);
    }
    const ModelFile file(text, {{"w.weight", weight.view()}});
    try {
      const Model model = Model::load(file.path(), backend("reference"));
      Workspace work = model.make_workspace("f");
      model.run(work);
    } catch (const WeightsError&) {
      ++refused;
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace heddle::attention
