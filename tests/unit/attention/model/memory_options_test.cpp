// The memory that a model file's text asks for.
#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "tests/unit/attention/model/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace heddle::attention {
namespace {

constexpr std::int64_t kRows = 16;
constexpr std::int64_t kDim = 4;
constexpr std::int64_t kChannels = 3 * 2 * kDim;  // 2 heads of queries, keys and values

class MemoryOptionsTest : public testing::Test {
 protected:
  MemoryOptionsTest() {
    for (auto* tensor : {&keys_, &values_, &pool_}) {
      for (std::int64_t i = 0; i < tensor->view().size(); ++i) {
        tensor->view().as<float>()[i] = std::sin(static_cast<float>(i));
      }
    }
  }
  Model load(const std::string& options) {
    std::map<std::string, TensorView> tensors;
    const auto wants = [&](const char* word) { return options.find(word) != std::string::npos; };
    if (wants("\"conv\"")) {
      tensors = {{"c.keys", keys_.view()}, {"c.values", values_.view()}};
    } else if (wants("\"pool\"")) {
      tensors = {{"c.keys", pool_.view()}};
    }
    if (wants("\"gate\"")) tensors["g"] = gate_.view();
    file_.emplace(program_of(R"([{"name": "x", "dtype": "f32", "shape": [16, 24]}])",
                             R"json([{"op": "memory_attention", "in": "x", "out": "y", "heads": 2,
 "dim": 4, "pattern": "window(4)", "block": 4, "sink_blocks": 0, "ring_blocks": 6)json" +
                                 options + "}]"),
                  tensors);
    return Model::load(file_->path(), backend("cpu"));
  }
  /// The last of `segments` segments.
  std::vector<float> run(const Model& model, int segments) {
    Workspace work = model.make_workspace("f");
    MemorySet memory = model.make_memory("f");
    for (int segment = 0; segment < segments; ++segment) {
      float* x = work.input("x").as<float>();
      for (std::int64_t i = 0; i < kRows * kChannels; ++i) {
        x[i] = std::sin(static_cast<float>(i * 7 + segment * 1000));
      }
      model.run(work, &memory, {.first = segment * kRows, .core_begin = 0, .core_end = kRows});
    }
    const TensorView y = work.output("y");
    return {y.as<float>(), y.as<float>() + y.size()};
  }
  void expect_refused(const std::string& options, const std::string& words) {
    EXPECT_THAT([&] { load(options); },
                testing::ThrowsMessage<std::exception>(testing::HasSubstr(words)));
  }

  Tensor keys_{DType::kF32, {2, kDim, 2, kDim}};
  Tensor values_{DType::kF32, {2, kDim, 2, kDim}};
  Tensor pool_{DType::kF32, {2, kDim}};
  Tensor gate_{DType::kF32, {2}};
  std::optional<ModelFile> file_;
};

TEST_F(MemoryOptionsTest, EveryTierCanBeAskedForAndChangesWhatIsRead) {
  const std::vector<float> ring_alone = run(load(""), 6);
  for (const char* options :
       {R"(, "long_blocks": 8, "top_k": 2, "summary": "box")",
        R"(, "long_blocks": 8, "top_k": 2, "summary": "sketch")",
        R"(, "compressed_blocks": 5, "compression_ratio": 2)",
        R"(, "compressed_blocks": 5, "compression_ratio": 2, "compression": "conv",
             "compression_weights": "c")",
        R"(, "compressed_blocks": 5, "compression_ratio": 2, "compression": "pool",
             "compression_weights": "c")",
        R"(, "long_blocks": 8, "top_k": 2, "external_blocks": 12, "external_storage": "bf16",
             "external_heap_blocks": 3, "eviction": "mass", "budget": 100000)",
        R"(, "memory_tokens": 2)",
        R"(, "associative": true, "gate": "g")"}) {
    const std::vector<float> got = run(load(options), 6);
    EXPECT_NE(got, ring_alone) << options;
    for (const float x : got) ASSERT_TRUE(std::isfinite(x)) << options;
  }
}

TEST_F(MemoryOptionsTest, MistakesAreNamed) {
  expect_refused(R"(, "summary": "median")", "expected one of mean, box, sketch");
  expect_refused(R"(, "long_blocks": 8, "external_blocks": 12)", "top_k must be at least 1");
  expect_refused(R"(, "long_blocks": 3, "top_k": 2, "external_blocks": 12)",
                 "use long_blocks of at least 4");
  expect_refused(R"(, "compressed_blocks": 5, "compression_ratio": 3)", "divide the block of 4");
  expect_refused(R"(, "memory_tokens": 5)", "memory_tokens must lie in [0, 4]");
  expect_refused(R"(, "budget": 100)", "the budget is 100");
  expect_refused(R"(, "eviction": "fifo")", "'eviction'");
  expect_refused(R"(, "scale": 0)", "needs a positive \"scale\"");
  expect_refused(R"(, "scale": -1)", "needs a positive \"scale\"");
}

}  // namespace
}  // namespace heddle::attention
