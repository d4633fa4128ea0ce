// The reference models on the GPU beside the CPU. Skipped, saying why, where there is none.

#include "attention/model/model.h"
#include "attention/model/training_function.h"
#include "tests/unit/attention/backend/placed_run.h"
#include "tests/unit/attention/backend/random_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace heddle::attention {
namespace {

constexpr const char* kGenes = HEDDLE_ROOT "/configs/models/genes-reference/weights.safetensors";
constexpr const char* kTracking =
    HEDDLE_ROOT "/configs/models/tracking-reference/weights.safetensors";

/// Of a whole model, as a share of its largest output: f32 differs by the order of sums, fp16
/// rounds each product's operands to 2^-11, through some forty products one after another.
struct ModelTolerance {
  const char* backend;
  double share;
};
void PrintTo(const ModelTolerance& t, std::ostream* os) { *os << t.backend; }

class DeviceModel : public testing::TestWithParam<ModelTolerance> {};

double largest(const TensorView& view) {
  double most = 0;
  for (std::int64_t i = 0; i < view.size(); ++i) {
    most = std::max(most, std::fabs(double{view.as<float>()[i]}));
  }
  return most;
}

Workspace genes_on(const Model& model, unsigned seed) {
  Workspace work = model.make_workspace("forward", {shape_of(DType::kU8, {1536})});
  std::mt19937 random(seed);
  for (std::int64_t i = 0; i < 1536; ++i) {
    work.input("bases").as<std::uint8_t>()[i] = static_cast<std::uint8_t>(random() % 5);
  }
  return work;
}

TEST_P(DeviceModel, ScoresGenesAsTheCpuDoes) {
  SKIP_WITHOUT(GetParam().backend);
  const Model here = Model::load(kGenes, backend("cpu"));
  const Model there = Model::load(kGenes, backend(GetParam().backend));
  Workspace wanted = genes_on(here, 3);
  Workspace got = genes_on(there, 3);
  here.run(wanted);
  there.run(got);
  const TensorView a = wanted.output("logits");
  EXPECT_LE(max_difference(a, got.output("logits")), GetParam().share * largest(a));
}

TEST_P(DeviceModel, EncodesACropAsTheCpuDoes) {
  SKIP_WITHOUT(GetParam().backend);
  const Model here = Model::load(kTracking, backend("cpu"));
  const Model there = Model::load(kTracking, backend(GetParam().backend));
  const Tensor image = random_tensor({64, 64, 3}, 4, 128);
  std::vector<Workspace> works;
  for (const Model& model : {here, there}) {
    Workspace& work =
        works.emplace_back(model.make_workspace("encode", {shape_of(DType::kF32, {64, 64, 3})}));
    copy(image.view(), work.input("image"));
    model.run(work);
  }
  for (const char* output : {"emb", "red"}) {
    const TensorView a = works[0].output(output);
    EXPECT_LE(max_difference(a, works[1].output(output)), GetParam().share * largest(a)) << output;
  }
}

TEST_P(DeviceModel, GivesTheSameBitsRunAfterRunAndFromThreadsAtOnce) {
  SKIP_WITHOUT(GetParam().backend);
  const Model model = Model::load(kGenes, backend(GetParam().backend));
  Workspace alone = genes_on(model, 3);
  model.run(alone);
  std::vector<std::thread> threads;
  std::vector<int> equal(4, 0);
  for (std::size_t t = 0; t < equal.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int again = 0; again < 2; ++again) {
        Workspace mine = genes_on(model, 3);
        for (int run = 0; run < 4; ++run) {
          model.run(mine);
          equal[t] += same_bits(mine.output("logits"), alone.output("logits"));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(equal, testing::Each(8));
}

TEST_P(DeviceModel, TakesNewInputsInEveryRun) {
  SKIP_WITHOUT(GetParam().backend);
  const Model model = Model::load(kGenes, backend(GetParam().backend));
  Workspace kept = genes_on(model, 1);
  for (const unsigned seed : {1, 2, 3, 4}) {
    Workspace fresh = genes_on(model, seed);
    model.run(fresh);
    std::memcpy(kept.input("bases").data, fresh.input("bases").data, 1536);
    model.run(kept);
    EXPECT_TRUE(same_bits(kept.output("logits"), fresh.output("logits"))) << seed;
  }
}

TEST_P(DeviceModel, RefusesAModelThatRollsMemoryAndNamesTheStep) {
  SKIP_WITHOUT(GetParam().backend);
  EXPECT_THAT(
      [] {
        Model::load(HEDDLE_TEST_DATA "/genes-memory-small.safetensors",
                    backend(GetParam().backend));
      },
      testing::ThrowsMessage<std::exception>(
          testing::AllOf(testing::HasSubstr("memory_attention"), testing::HasSubstr("-d cpu"))));
}

TEST_P(DeviceModel, RefusesToLearnFromImagesAndNamesTheStep) {
  SKIP_WITHOUT(GetParam().backend);
  const Parameters parameters{Weights(kTracking)};
  EXPECT_THAT(
      [&] {
        TrainingFunction(
            model_spec(parameters, kTracking), "encode", parameters, backend(GetParam().backend));
      },
      testing::ThrowsMessage<std::exception>(
          testing::AllOf(testing::HasSubstr("conv2d"), testing::HasSubstr("-d cpu"))));
}

INSTANTIATE_TEST_SUITE_P(Backends,
                         DeviceModel,
                         testing::Values(ModelTolerance{"cuda-f32", 1e-4},
                                         ModelTolerance{"cuda", 2e-2}),
                         [](const auto& tested) {
                           return std::string(tested.param.backend) == "cuda" ? "cuda" : "cuda_f32";
                         });

}  // namespace
}  // namespace heddle::attention
