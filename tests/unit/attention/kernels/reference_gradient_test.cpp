// The judge of gradients, judged by finite differences of a forward written here in double.

#include "attention/backend/reference/attention_gradient.h"
#include "attention/patterns/block_plan.h"
#include "tests/unit/attention/kernels/gradient_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace heddle::attention::kernel_tests {
namespace {

using Doubles = std::vector<double>;

Doubles doubles_of(const TensorView& from) {
  const Tensor wide(DType::kF64, std::span(from.shape.data(), static_cast<std::size_t>(from.rank)));
  copy(from, wide.view());
  const double* data = wide.view().as<double>();
  return {data, data + from.size()};
}

/// Everything the loss depends on, in double.
struct Inputs {
  std::vector<Doubles> queries;  // one a set
  Doubles keys;
  Doubles values;
};

/// sum of out * out_gradient and of log_sum_exp * its gradient, over every pair that the plan's
/// definition attends.
class Loss {
 public:
  explicit Loss(const GradientCase& tested)
      : shape_(tested.forward().shape()),
        plan_(tested.plan()),
        scale_(tested.scale()),
        out_gradient_(doubles_of(tested.out_gradient())),
        log_sum_exp_gradient_(doubles_of(tested.log_sum_exp_gradient())) {}

  double operator()(const Inputs& inputs) const {
    double loss = 0;
    for (std::int64_t head = 0; head < shape_.heads; ++head) {
      for (std::int64_t query = 0; query < shape_.queries; ++query) {
        loss += of_query(inputs, head, query);
      }
    }
    return loss;
  }

 private:
  double logit(const Inputs& inputs,
               std::int64_t head,
               std::int64_t query,
               std::int64_t key) const {
    const std::size_t set = key >= shape_.cut ? inputs.queries.size() - 1 : 0;
    const std::int64_t kv_head = head * shape_.kv_heads / shape_.heads;
    const double* q = inputs.queries[set].data() + (head * shape_.queries + query) * shape_.key_dim;
    const double* k = inputs.keys.data() + (kv_head * shape_.keys + key) * shape_.key_dim;
    double sum = 0;
    for (std::int64_t c = 0; c < shape_.key_dim; ++c) sum += q[c] * k[c];
    return scale_ * sum;
  }

  double of_query(const Inputs& inputs, std::int64_t head, std::int64_t query) const {
    const int plan_head = plan_.heads == 1 ? 0 : static_cast<int>(head);
    const std::int64_t kv_head = head * shape_.kv_heads / shape_.heads;
    const std::int64_t row = head * shape_.queries + query;
    double sum = 0;
    double loss = 0;
    for (std::int64_t key = 0; key < shape_.keys; ++key) {
      if (!attends(plan_, plan_head, shape_.first_query + query, key)) continue;
      const double weight = std::exp(logit(inputs, head, query, key));
      sum += weight;
      for (std::int64_t c = 0; c < shape_.value_dim; ++c) {
        const auto value =
            static_cast<std::size_t>((kv_head * shape_.keys + key) * shape_.value_dim + c);
        loss += weight * inputs.values[value] *
                out_gradient_[static_cast<std::size_t>(row * shape_.value_dim + c)];
      }
    }
    if (sum == 0) return 0;
    return loss / sum + std::log(sum) * log_sum_exp_gradient_[static_cast<std::size_t>(row)];
  }

  const CaseShape& shape_;
  const BlockPlan& plan_;
  double scale_;
  Doubles out_gradient_;
  Doubles log_sum_exp_gradient_;
};

/// Central differences at every `step`-th element of `operand`, which is a part of `inputs`.
void expect_differences(
    const Loss& loss, Inputs& inputs, Doubles& operand, const Tensor& gradient, const char* name) {
  const Doubles got = doubles_of(gradient.view());
  constexpr double kStep = 1e-4;
  for (std::size_t i = 0; i < operand.size(); i += 7) {
    const double before = operand[i];
    operand[i] = before + kStep;
    const double above = loss(inputs);
    operand[i] = before - kStep;
    const double below = loss(inputs);
    operand[i] = before;
    ASSERT_NEAR(got[i], (above - below) / (2 * kStep), 3e-6) << name << ", element " << i;
  }
}

class ReferenceGradient : public testing::TestWithParam<CaseShape> {};

TEST_P(ReferenceGradient, IsTheSlopeOfTheLoss) {
  std::mt19937_64 random(21);
  const AttentionCase forward(GetParam(), 22);
  const BlockPlan plan = random_plan(GetParam(), random);
  const GradientCase tested(forward, plan, 23);
  const Gradients gradients = tested.run(reference::attention_gradient);
  Inputs inputs = {.keys = doubles_of(forward.keys()), .values = doubles_of(forward.values())};
  for (const TensorView& set : forward.query_sets()) inputs.queries.push_back(doubles_of(set));
  const Loss loss(tested);
  for (std::size_t set = 0; set < inputs.queries.size(); ++set) {
    expect_differences(loss, inputs, inputs.queries[set], gradients.queries[set], "queries");
  }
  expect_differences(loss, inputs, inputs.keys, gradients.keys, "keys");
  expect_differences(loss, inputs, inputs.values, gradients.values, "values");
}

constexpr CaseShape kSmall = {.heads = 2,
                              .kv_heads = 1,
                              .first_query = 5,
                              .queries = 9,
                              .keys = 21,
                              .cut = 21,
                              .key_dim = 3,
                              .value_dim = 2,
                              .query_block = 4,
                              .key_block = 8};

CaseShape named(const char* name, void (*change)(CaseShape&)) {
  CaseShape shape = kSmall;
  shape.name = name;
  change(shape);
  return shape;
}

INSTANTIATE_TEST_SUITE_P(Shapes,
                         ReferenceGradient,
                         testing::Values(named("GroupedHeads", [](CaseShape&) {}),
                                         named("PlanForEachHead",
                                               [](CaseShape& shape) { shape.plan_heads = 2; }),
                                         named("TwoSegmentsAndQuerySets",
                                               [](CaseShape& shape) {
                                                 shape.cut = 13;
                                                 shape.query_sets = 2;
                                               })),
                         [](const auto& tested) { return tested.param.name; });

TEST(ReferenceGradientRefusal, NamesTheGradientAndBothShapes) {
  const AttentionCase forward(kSmall, 24);
  std::mt19937_64 random(25);
  const BlockPlan plan = random_plan(kSmall, random);
  const std::array<KeySegment, 2> segments = forward.segments();
  const Tensor out(DType::kF32, {2, 9, 2});
  const Tensor log_sum_exp(DType::kF32, {2, 9});
  const TensorView query_gradients[] = {log_sum_exp.view()};
  const KeySegmentGradient segment_gradients[2] = {};
  AttentionGradientArgs args = {.plan = &plan,
                                .queries = forward.query_sets(),
                                .segments = segments,
                                .out = out.view(),
                                .log_sum_exp = log_sum_exp.view(),
                                .out_gradient = out.view(),
                                .query_gradients = query_gradients,
                                .segment_gradients = segment_gradients};
  const auto message = [&] {
    try {
      reference::attention_gradient(args);
      return std::string("accepted");
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THAT(message(), testing::HasSubstr("query gradient is f32 (2, 9); expected 3 axes"));
  args.query_gradients = {};
  EXPECT_THAT(message(), testing::HasSubstr("gradients for 0 query sets and 2 segments"));
  args.log_sum_exp = {};
  EXPECT_THAT(message(), testing::HasSubstr("no log_sum_exp"));
}

}  // namespace
}  // namespace heddle::attention::kernel_tests
