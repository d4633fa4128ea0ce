// Operations on numbers small enough to check by hand. Those with weights of real size are held to
// stored numbers in tests/equivalence.

#include "attention/model/layer.h"

#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "tests/unit/attention/model/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace heddle::attention {
namespace {

using Values = std::vector<float>;

struct Case {
  std::string name;
  std::string steps;  // of one input x to y
  std::vector<std::int64_t> shape;
  Values x;
  std::string output;  // its shape
  Values y;
};

/// Of values, each by itself or with those of its row.
std::vector<Case> value_cases() {
  const float log2 = std::log(2.0f);
  return {
      {"LayerNorm",
       R"([{"op": "layer_norm", "in": "x", "out": "y", "weights": "n", "eps": 0}])",
       {1, 2},
       {1, 3},
       "f32 (1, 2)",
       {-2 + 10, 3 + 20}},
      {"RmsNorm",
       R"([{"op": "rms_norm", "in": "x", "out": "y", "weights": "n", "eps": 0}])",
       {1, 2},
       {5, 5},
       "f32 (1, 2)",
       {2, 3}},
      {"L2Normalize",
       R"([{"op": "l2_normalize", "in": "x", "out": "y", "eps": 1e-12}])",
       {1, 2},
       {3, 4},
       "f32 (1, 2)",
       {0.6f, 0.8f}},
      {"Relu", R"([{"op": "relu", "in": "x", "out": "y"}])", {2}, {-1, 2}, "f32 (2)", {0, 2}},
      {"Gelu", R"([{"op": "gelu", "in": "x", "out": "y"}])", {2}, {0, 100}, "f32 (2)", {0, 100}},
      {"Add",
       R"([{"op": "add", "in": ["x", "x"], "out": "y"}])",
       {1, 2},
       {1, 2},
       "f32 (1, 2)",
       {2, 4}},
      {"Swiglu",
       R"([{"op": "swiglu", "in": "x", "out": "y"}])",
       {1, 4},
       {0, 100, 7, 8},
       "f32 (1, 2)",
       {0, 800}},
      {"ScaleShift",
       R"([{"op": "scale_shift", "in": "x", "out": "y", "shift": -1, "scale": 0.5}])",
       {2},
       {1, 5},
       "f32 (2)",
       {0, 2}},
      {"ExpClamp",
       R"([{"op": "exp_clamp", "in": "x", "out": "y", "limit": 0, "scale": 36}])",
       {2},
       {-9, 9},
       "f32 (2)",
       {36, 36}},
      {"LogSoftmaxByGroups",
       R"([{"op": "log_softmax", "in": "x", "out": "y", "groups": 2}])",
       {1, 4},
       {5, 5, -60000, -60000},
       "f32 (1, 4)",
       {-log2, -log2, -log2, -log2}},
  };
}

/// Of what moves values.
std::vector<Case> row_cases() {
  return {
      {"Concat",
       R"([{"op": "concat", "in": ["x", "x"], "out": "y"}])",
       {2, 1},
       {1, 2},
       "f32 (2, 2)",
       {1, 1, 2, 2}},
      {"Channels",
       R"([{"op": "channels", "in": "x", "out": "y", "first": 1, "count": 1}])",
       {2, 2},
       {1, 2, 3, 4},
       "f32 (2, 1)",
       {2, 4}},
      {"FlattenRows",
       R"([{"op": "flatten", "in": "x", "out": "y"}])",
       {1, 2, 2},
       {1, 2, 3, 4},
       "f32 (2, 2)",
       {1, 2, 3, 4}},
      {"FlattenOneChannelInPlace",
       R"([{"op": "relu", "in": "x", "out": "y"},
           {"op": "flatten", "in": "y", "out": "y", "drop": "channels"}])",
       {2, 1, 1},
       {1, 2},
       "f32 (2, 1)",
       {1, 2}},
      {"PatchTakesTheChannelsOfEachRow",  // weight (1, 2, 2): channel c of row r weighs 10^(2c + r)
       R"([{"op": "patch", "in": "x", "out": "y", "weights": "patch", "bias": false}])",
       {2, 2},
       {1, 2, 3, 4},
       "f32 (1, 1)",
       {1 * 1 + 2 * 100 + 3 * 10 + 4 * 1000}},
      {"UnpatchMakesRowsOfAToken",
       R"([{"op": "unpatch", "in": "x", "out": "y", "weights": "unpatch", "size": 2}])",
       {1, 1},
       {2},
       "f32 (2, 1)",
       {2 + 10, 4 + 20}},
      {"LinearAccumulatesIntoItsRegister",
       R"([{"op": "relu", "in": "x", "out": "y"},
           {"op": "linear", "in": "x", "out": "y", "weights": "square", "bias": false,
            "accumulate": true}])",
       {1, 2},
       {3, -1},
       "f32 (1, 2)",
       {3 - 1, 3}},
      {"RotaryTurnsByTheRow",
       R"([{"op": "rotary", "in": "x", "out": "y", "heads": 1, "dim": 2, "theta": 10000}])",
       {2, 2},
       {1, 0, 1, 0},
       "f32 (2, 2)",
       {1, 0, std::cos(1.0f), std::sin(1.0f)}},
  };
}

std::vector<Case> attention_cases() {
  return {
      {"AttentionUnderItsPattern",  // each row sees only itself: the values come through
       R"json([{"op": "attention", "in": "x", "out": "y", "heads": 1, "pattern": "window(0)"}])json",
       {2, 3},
       {1, 2, 3, 4, 5, 6},
       "f32 (2, 1)",
       {3, 6}},
      {"AttentionBySparsemaxTakesTheWinnerAlone",
       R"json([{"op": "attention", "in": "x", "out": "y", "heads": 1, "pattern": "dense()",
                "normaliser": "sparsemax"}])json",
       {2, 3},
       {10, 0, 3, 10, 5, 6},
       "f32 (2, 1)",
       {6, 6}},
      {"SelectedAttentionReadsWhatItsSelectorChose",
       R"json([{"op": "selected_attention", "in": "x", "out": "y", "heads": 1,
                "selector": "top_k(1)"}])json",
       {2, 3},
       {1, 5, 7, 1, 2, 9},
       "f32 (2, 1)",
       {7, 7}},
      // The scorer likes large values: both queries attend the second token.
      {"SelectedAttentionByScorer",
       R"json([{"op": "selected_attention", "in": "x", "out": "y", "heads": 1,
                "selector": "scorer(1)", "selector_weights": "last"}])json",
       {2, 3},
       {1, 5, 7, 1, 2, 9},
       "f32 (2, 1)",
       {9, 9}},
      // The index head weighs by minus the query: the smaller product wins.
      {"SelectedAttentionByIndexer",
       R"json([{"op": "selected_attention", "in": ["x", "x"], "out": "y", "heads": 1,
                "selector": "indexer(1)", "selector_weights": "minus"}])json",
       {2, 3},
       {1, 5, 7, 1, 2, 9},
       "f32 (2, 1)",
       {7, 9}},
  };
}

std::string inputs_of(const Case& one) {
  std::string shape;
  for (const std::int64_t extent : one.shape) {
    shape += (shape.empty() ? "" : ", ") + std::to_string(extent);
  }
  return R"([{"name": "x", "dtype": "f32", "shape": [)" + shape + "]}]";
}

class Operation : public ::testing::TestWithParam<Case> {
 protected:
  static Model load(const Case& one) {
    const Tensor gain = tensor_of({2}, {2, 3});
    const Tensor shift = tensor_of({2}, {10, 20});
    const Tensor patch = tensor_of({1, 2, 2}, {1, 10, 100, 1000});
    const Tensor unpatch = tensor_of({2, 1}, {1, 2});
    const Tensor square = tensor_of({2, 2}, {0, 1, 1, 0});  // swaps two channels
    const Tensor last = tensor_of({1, 3}, {0, 0, 1});
    const Tensor minus = tensor_of({1, 3}, {-1, 0, 0});
    const Tensor nothing = tensor_of({1}, {0});
    std::map<std::string, TensorView> tensors;
    const auto add_if_named = [&](const char* text, const char* name, const Tensor& tensor) {
      if (one.steps.find(text) != std::string::npos) tensors.emplace(name, tensor.view());
    };
    add_if_named("_norm\", \"in\": \"x\", \"out\": \"y\", \"weights\"", "n.weight", gain);
    add_if_named("layer_norm", "n.bias", shift);
    add_if_named("\"weights\": \"patch\"", "patch.weight", patch);
    add_if_named("\"weights\": \"unpatch\"", "unpatch.weight", unpatch);
    add_if_named("\"weights\": \"unpatch\"", "unpatch.bias", shift);
    add_if_named("\"weights\": \"square\"", "square.weight", square);
    add_if_named("\"last\"", "last.weight", last);
    add_if_named("\"minus\"", "minus.weight", minus);
    add_if_named("\"last\"", "last.bias", nothing);
    add_if_named("\"minus\"", "minus.bias", nothing);
    const ModelFile file(program_of(inputs_of(one), one.steps), tensors);
    return Model::load(file.path(), backend());
  }
};

TEST_P(Operation, GivesTheNumbersOfItsDefinition) {
  const Case& one = GetParam();
  const Model model = load(one);
  Workspace work = model.make_workspace("f");
  std::copy(one.x.begin(), one.x.end(), work.input("x").as<float>());
  model.run(work);
  EXPECT_EQ(describe(work.output("y")), one.output);
  const auto* y = work.output("y").as<float>();
  EXPECT_THAT(Values(y, y + one.y.size()),
              ::testing::Pointwise(::testing::FloatNear(1e-4f), one.y));
  const auto* x = work.input("x").as<float>();
  EXPECT_EQ(Values(x, x + one.x.size()), one.x);  // a run leaves its inputs as they are
}

std::string name_of(const testing::TestParamInfo<Case>& row) { return row.param.name; }

INSTANTIATE_TEST_SUITE_P(Values, Operation, ::testing::ValuesIn(value_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(Rows, Operation, ::testing::ValuesIn(row_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(Attention, Operation, ::testing::ValuesIn(attention_cases()), name_of);

TEST(OneHot, GivesZerosForAValueThatIsNoClass) {
  const ModelFile file(program_of(R"([{"name": "x", "dtype": "u8", "shape": [2]}])",
                                  R"([{"op": "one_hot", "in": "x", "out": "y", "classes": 2}])"),
                       {});
  const Model model = Model::load(file.path(), backend());
  Workspace work = model.make_workspace("f");
  work.input("x").as<std::uint8_t>()[0] = 1;
  work.input("x").as<std::uint8_t>()[1] = 200;
  model.run(work);
  const auto* y = work.output("y").as<float>();
  EXPECT_THAT(Values(y, y + 4), ::testing::ElementsAre(0, 1, 0, 0));
}

TEST(OneHotConv1d, IsTheConvolutionOfOneHotRows) {
  const char* input = R"([{"name": "x", "dtype": "u8", "shape": [5]}])";
  const Tensor weight = tensor_of({1, 2, 3}, {1, 10, 100, 2, 20, 200});  // (out, classes, width)
  const Tensor bias = tensor_of({1}, {5000});
  const std::map<std::string, TensorView> tensors = {{"w.weight", weight.view()},
                                                     {"w.bias", bias.view()}};
  const ModelFile fused(
      program_of(input, R"([{"op": "one_hot_conv1d", "in": "x", "out": "y", "weights": "w"}])"),
      tensors);
  const ModelFile apart(program_of(input,
                                   R"([{"op": "one_hot", "in": "x", "out": "t", "classes": 2},
                                       {"op": "conv1d", "in": "t", "out": "y", "weights": "w"}])"),
                        tensors);
  std::vector<Values> results;
  for (const ModelFile* file : {&fused, &apart}) {
    const Model model = Model::load(file->path(), backend());
    Workspace work = model.make_workspace("f");
    const std::vector<std::uint8_t> classes = {0, 1, 7, 1, 1};  // 7 is no class
    std::copy(classes.begin(), classes.end(), work.input("x").as<std::uint8_t>());
    model.run(work);
    const auto* y = work.output("y").as<float>();
    results.emplace_back(y, y + 5);
  }
  EXPECT_THAT(results[0], ::testing::ElementsAre(5210, 5021, 5202, 5220, 5022));
  EXPECT_EQ(results[0], results[1]);
}

/// What loading says of a selected_attention with these options.
std::string refusal_of(const std::string& options) {
  const Tensor weight = tensor_of({1, 3}, {0, 0, 1});
  const Tensor bias = tensor_of({1}, {0});
  const ModelFile file(
      program_of(R"([{"name": "x", "dtype": "f32", "shape": [2, 3]}])",
                 R"([{"op": "selected_attention", "in": "x", "out": "y", )" + options + "}]"),
      {{"w.weight", weight.view()}, {"w.bias", bias.view()}});
  try {
    Model::load(file.path(), backend());
  } catch (const std::exception& error) {
    return error.what();
  }
  return "loaded";
}

TEST(SelectedAttention, SaysWhichSelectorsLearn) {
  const std::string weights = R"json(, "selector_weights": "w")json";
  const std::string scorer = R"json("heads": 1, "selector": "scorer(1)")json";
  const std::string moba = R"json("heads": 1, "selector": "moba(1,1)")json";
  const std::string indexer = R"json("heads": 3, "selector": "indexer(1)")json";
  EXPECT_EQ(refusal_of(scorer + weights), "loaded");
  EXPECT_THAT(refusal_of(scorer), ::testing::HasSubstr("scorer(1) learns: name its linear map"));
  EXPECT_THAT(refusal_of(moba + weights), ::testing::HasSubstr("moba(1,1) learns nothing"));
  EXPECT_THAT(refusal_of(indexer + weights), ::testing::HasSubstr("with 3 rows for indexer(1)"));
}

TEST(Shapes, OneNameIsOneNumberWithinACall) {
  const ModelFile file(program_of(R"([{"name": "a", "dtype": "f32", "shape": ["n", 1]},
                                      {"name": "b", "dtype": "f32", "shape": ["n", 1]}])",
                                  R"([{"op": "add", "in": ["a", "b"], "out": "y"}])"),
                       {});
  const Model model = Model::load(file.path(), backend());
  const Shape three = shape_of(DType::kF32, {3, 1});
  const Shape four = shape_of(DType::kF32, {4, 1});
  EXPECT_EQ(describe(model.make_workspace("f", {four, four}).output("y")), "f32 (4, 1)");
  EXPECT_THAT(
      [&] {
        model.make_workspace("f", {three, four});
      },
      ::testing::ThrowsMessage<std::invalid_argument>(
          ::testing::HasSubstr("input 'b': expected 3 along axis 0, got f32 (4, 1)")));
  EXPECT_THROW(model.make_workspace("f"), std::invalid_argument);
  EXPECT_THROW(model.make_workspace("f", {three}), std::invalid_argument);
  EXPECT_THROW(model.make_workspace("g"), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
