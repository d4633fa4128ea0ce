// Every operation that learning asks for, on every back end beside the reference: all operands
// after it, so that what must not be touched shows too. Skipped, saying why, where a back end
// cannot run. On a device an operation runs three times: step by step, recorded, and replayed.

#include "attention/patterns/pattern.h"
#include "tests/unit/attention/backend/placed_run.h"
#include "tests/unit/attention/backend/random_tensor.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <tuple>

namespace heddle::attention {
namespace {

/// How far a back end may be from the reference, results about 1: as every_backend_test.cpp, with
/// bf16 operands where `cuda` learns.
struct Tolerance {
  const char* backend;
  double products;
  double rows;
};
constexpr Tolerance kTolerances[] = {
    {"cpu", 2e-5, 2e-5}, {"cuda-f32", 2e-5, 2e-5}, {"cuda", 2.4e-2, 2e-5}};

using Operands = std::span<const TensorView>;

struct GradientCase {
  const char* name;
  bool product;  // or by row
  std::vector<Tensor> (*operands)();
  void (*run)(const Backend&, Operands);
};

void PrintTo(const GradientCase& c, std::ostream* os) { *os << c.name; }

template <class... Tensors>
std::vector<Tensor> list(Tensors&&... tensors) {
  std::vector<Tensor> made;
  (made.push_back(std::forward<Tensors>(tensors)), ...);
  return made;
}

Tensor classes(std::int64_t length) {
  Tensor tensor(DType::kU8, {length});
  std::mt19937 random(9);
  for (std::int64_t i = 0; i < length; ++i) {
    tensor.view().as<std::uint8_t>()[i] = static_cast<std::uint8_t>(random() % 6);  // 5: none
  }
  return tensor;
}

struct ProductExtents {
  std::int64_t rows, in, out, taps;
};

/// Weight, bias, in, out, gradients of out, in, weight and bias: products and sums about 1.
std::vector<Tensor> product_operands(const ProductExtents& e, bool patch = false) {
  const float by_inputs = std::sqrt(3.0f / static_cast<float>(e.in * e.taps));
  const std::int64_t rows = patch ? e.rows / e.taps : e.rows;
  const float by_rows = std::sqrt(3.0f / static_cast<float>(rows));
  const auto weight = [&](unsigned seed, float size) {
    return e.taps == 1 && !patch ? random_tensor({e.out, e.in}, seed, size)
                                 : random_tensor({e.out, e.in, e.taps}, seed, size);
  };
  return list(weight(1, by_inputs),
              random_tensor({e.out}, 2),
              random_tensor({e.rows, e.in}, 3),
              random_tensor({rows, e.out}, 4),
              random_tensor({rows, e.out}, 5, by_rows),
              random_tensor({e.rows, e.in}, 6),
              weight(7, 1),
              random_tensor({e.out}, 8));
}

void learn_product(const Backend& on, Operands at, const ProductShape& shape, bool add) {
  const GradientOps& ops = *on.gradients();
  ops.product({.shape = shape,
               .weight = at[0],
               .bias = at[1],
               .in = at[2],
               .out = at[3],
               .accumulate = add});
  ops.product_gradient({.shape = shape,
                        .weight = at[0],
                        .in = at[2],
                        .out_gradient = at[4],
                        .in_gradient = {.view = at[5], .add = add},
                        .weight_gradient = at[6],
                        .bias_gradient = at[7]});
}

using RowOp = void (GradientOps::*)(const RowGradientArgs&) const;

/// In, out gradient, in gradient, gain, gradients of gain and bias.
std::vector<Tensor> row_operands(std::int64_t rows, std::int64_t channels, std::int64_t wider = 1) {
  const float by_rows = std::sqrt(3.0f / static_cast<float>(rows));
  return list(random_tensor({rows, wider * channels}, 1, 2),
              random_tensor({rows, channels}, 2, by_rows),
              random_tensor({rows, wider * channels}, 3),
              random_tensor({channels}, 4),
              random_tensor({channels}, 5),
              random_tensor({channels}, 6));
}

void learn_rows(const Backend& on, Operands at, RowOp op, bool gain, bool bias, bool add) {
  (on.gradients()->*op)({.in = at[0],
                         .gain = gain ? at[3] : TensorView{},
                         .eps = 1e-3f,
                         .out_gradient = at[1],
                         .in_gradient = {.view = add ? at[2] : at[1], .add = add},
                         .gain_gradient = gain ? at[4] : TensorView{},
                         .bias_gradient = bias ? at[5] : TensorView{}});
}

/// Operand 0: (rows, (heads + 2 kv_heads) dim) = queries, keys, values side by side; then out, the
/// log-sum-exps, and the gradients of out and of operand 0.
void learn_attention(const Backend& on,
                     Operands at,
                     const BlockPlan& planned,
                     std::int64_t heads,
                     std::int64_t kv_heads) {
  const std::int64_t dim = at[1].shape[1] / heads;
  const auto part = [&](const TensorView& rows, std::int64_t first, std::int64_t count) {
    TensorView view = rows;
    view.rank = 3;
    view.shape = {count, rows.shape[0], dim};
    view.stride = {dim, rows.shape[1], 1};
    view.data = static_cast<float*>(rows.data) + first * dim;
    return view;
  };
  const std::array queries = {part(at[0], 0, heads)};
  const std::array segments = {KeySegment{.keys = part(at[0], heads, kv_heads),
                                          .values = part(at[0], heads + kv_heads, kv_heads)}};
  const std::array query_gradients = {part(at[4], 0, heads)};
  const std::array segment_gradients = {KeySegmentGradient{
      .keys = part(at[4], heads, kv_heads), .values = part(at[4], heads + kv_heads, kv_heads)}};
  const float scale = 1 / std::sqrt(static_cast<float>(dim));
  on.attention({.plan = &planned,
                .queries = queries,
                .segments = segments,
                .scale = scale,
                .out = part(at[1], 0, heads),
                .log_sum_exp = at[2]});
  on.attention_gradient({.plan = &planned,
                         .queries = queries,
                         .segments = segments,
                         .scale = scale,
                         .out = part(at[1], 0, heads),
                         .log_sum_exp = at[2],
                         .out_gradient = part(at[3], 0, heads),
                         .query_gradients = query_gradients,
                         .segment_gradients = segment_gradients});
}

std::vector<Tensor> attention_operands(std::int64_t rows,
                                       std::int64_t heads,
                                       std::int64_t kv_heads,
                                       std::int64_t dim) {
  return list(random_tensor({rows, (heads + 2 * kv_heads) * dim}, 1, 2),
              random_tensor({rows, heads * dim}, 2),
              random_tensor({heads, rows}, 3),
              random_tensor({rows, heads * dim}, 4),
              random_tensor({rows, (heads + 2 * kv_heads) * dim}, 5));
}

const BlockPlan& dense_plan() {
  static const BlockPlan planned =
      plan(parse_pattern("dense()"), {.heads = 1, .queries = 300, .keys = 300});
  return planned;
}
const BlockPlan& window_plan() {
  static const BlockPlan planned = plan(parse_pattern("window(40,causal) | global(0:16)"),
                                        {.heads = 1, .queries = 333, .keys = 333});
  return planned;
}

const GradientCase kCases[] = {
    {"linear",
     true,
     [] { return product_operands({.rows = 200, .in = 136, .out = 96, .taps = 1}); },
     [](auto& on, Operands at) { learn_product(on, at, {}, false); }},
    {"linear_odd_channels_adds",
     true,
     [] { return product_operands({.rows = 70, .in = 13, .out = 45, .taps = 1}); },
     [](auto& on, Operands at) { learn_product(on, at, {}, true); }},
    {"conv1d_dilated_many_rows",
     true,
     [] { return product_operands({.rows = 2100, .in = 32, .out = 24, .taps = 5}); },
     [](auto& on, Operands at) { learn_product(on, at, {.dilation = 9}, false); }},
    {"conv1d_of_96_channels_adds",
     true,
     [] { return product_operands({.rows = 130, .in = 160, .out = 96, .taps = 7}); },
     [](auto& on, Operands at) { learn_product(on, at, {}, true); }},
    {"conv1d_shorter_than_its_taps",
     true,
     [] { return product_operands({.rows = 3, .in = 4, .out = 8, .taps = 9}); },
     [](auto& on, Operands at) { learn_product(on, at, {.dilation = 2}, false); }},
    {"patch",
     true,
     [] { return product_operands({.rows = 300, .in = 20, .out = 33, .taps = 6}, true); },
     [](auto& on, Operands at) { learn_product(on, at, {.patch = true}, false); }},
    {"patch_of_whole_tiles_adds",
     true,
     [] { return product_operands({.rows = 180, .in = 96, .out = 64, .taps = 6}, true); },
     [](auto& on, Operands at) { learn_product(on, at, {.patch = true}, true); }},
    {"rms_norm_in_place",
     false,
     [] { return row_operands(90, 256); },
     [](auto& on, Operands at) {
       learn_rows(on, at, &GradientOps::rms_norm_gradient, true, false, false);
     }},
    {"rms_norm_adds",
     false,
     [] { return row_operands(1300, 77); },
     [](auto& on, Operands at) {
       learn_rows(on, at, &GradientOps::rms_norm_gradient, true, false, true);
     }},
    {"layer_norm",
     false,
     [] { return row_operands(75, 130); },
     [](auto& on, Operands at) {
       learn_rows(on, at, &GradientOps::layer_norm_gradient, true, true, true);
     }},
    {"l2_normalize",
     false,
     [] { return row_operands(40, 128); },
     [](auto& on, Operands at) {
       learn_rows(on, at, &GradientOps::l2_normalize_gradient, false, false, true);
     }},
    {"gelu_in_place",
     false,
     [] { return row_operands(33, 70); },
     [](auto& on, Operands at) {
       learn_rows(on, at, &GradientOps::gelu_gradient, false, false, false);
     }},
    {"relu_adds",
     false,
     [] { return row_operands(33, 70); },
     [](auto& on, Operands at) {
       learn_rows(on, at, &GradientOps::relu_gradient, false, false, true);
     }},
    {"swiglu_adds",
     false,
     [] { return row_operands(50, 68, 2); },
     [](auto& on, Operands at) {
       learn_rows(on, at, &GradientOps::swiglu_gradient, false, false, true);
     }},
    {"columns_add_with_a_factor",
     false,
     [] {
       return list(random_tensor({60, 9}, 1), random_tensor({60, 20}, 2));
     },
     [](auto& on, Operands at) {
       on.gradients()->columns({.from = at[0],
                                .to = at[1],
                                .at_from = 2,
                                .at_to = 11,
                                .count = 6,
                                .scale = -0.5f,
                                .add = true});
     }},
    {"columns_of_zeros",
     false,
     [] {
       return list(random_tensor({60, 9}, 1), random_tensor({60, 20}, 2));
     },
     [](auto& on, Operands at) {
       on.gradients()->columns({.from = at[0], .to = at[1], .at_to = 3, .count = 9, .scale = 0});
     }},
    {"exp_clamp",
     false,
     [] {
       return list(
           random_tensor({40, 4}, 1, 3), random_tensor({40, 4}, 2), random_tensor({40, 4}, 3));
     },
     [](auto& on, Operands at) {
       on.gradients()->exp_clamp_gradient({.in = at[0],
                                           .limit = 2,
                                           .scale = 0.25f,
                                           .out_gradient = at[1],
                                           .in_gradient = {.view = at[2], .add = true}});
     }},
    {"log_softmax",
     false,
     [] {
       return list(
           random_tensor({300, 8}, 1, 2), random_tensor({300, 8}, 2), random_tensor({300, 8}, 3));
     },
     [](auto& on, Operands at) {
       on.log_softmax(at[0], 2, at[0]);
       on.gradients()->log_softmax_gradient(
           {.out = at[0], .groups = 2, .out_gradient = at[1], .in_gradient = {.view = at[2]}});
     }},
    {"one_hot_conv1d",
     false,
     [] {
       return list(classes(700),
                   random_tensor({48, 5, 9}, 2, 0.5f),
                   random_tensor({48}, 3),
                   random_tensor({700, 48}, 4),
                   random_tensor({700, 48}, 5, 0.1f),
                   random_tensor({48, 5, 9}, 6),
                   random_tensor({48}, 7));
     },
     [](auto& on, Operands at) {
       on.gradients()->one_hot_product(
           {.classes = at[0], .weight = at[1], .bias = at[2], .out = at[3]});
       on.gradients()->one_hot_product_gradient({.classes = at[0],
                                                 .out_gradient = at[4],
                                                 .weight_gradient = at[5],
                                                 .bias_gradient = at[6]});
     }},
    {"attention_dense",
     true,
     [] { return attention_operands(300, 8, 8, 32); },
     [](auto& on, Operands at) { learn_attention(on, at, dense_plan(), 8, 8); }},
    {"attention_window_with_shared_keys",
     true,
     [] { return attention_operands(333, 4, 2, 64); },
     [](auto& on, Operands at) { learn_attention(on, at, window_plan(), 4, 2); }},
};

class EveryGradient : public testing::TestWithParam<std::tuple<Tolerance, GradientCase>> {};

TEST_P(EveryGradient, AgreesWithTheReferenceAndRepeatsItsBits) {
  const auto& [tolerance, tested] = GetParam();
  SKIP_WITHOUT(tolerance.backend);
  const Backend& on = backend(tolerance.backend);
  const std::vector<Tensor> operands = tested.operands();
  std::vector<TensorView> views;
  for (const Tensor& tensor : operands) views.push_back(tensor.view());
  const Backend& judge = backend("reference");
  const auto wanted = run_placed(judge, views, [&](Operands at) { tested.run(judge, at); });
  const auto got = run_placed(
      on, views, [&](Operands at) { tested.run(on, at); }, 3);
  for (std::size_t i = 0; i < views.size(); ++i) {
    EXPECT_TRUE(same_bits(got[0][i].view(), got[1][i].view())) << "operand " << i;
    EXPECT_TRUE(same_bits(got[0][i].view(), got[2][i].view())) << "operand " << i;
    if (views[i].dtype != DType::kF32) continue;
    EXPECT_LE(max_difference(got[0][i].view(), wanted[0][i].view()),
              tested.product ? tolerance.products : tolerance.rows)
        << "operand " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Operations,
                         EveryGradient,
                         testing::Combine(testing::ValuesIn(kTolerances),
                                          testing::ValuesIn(kCases)),
                         [](const auto& tested) {
                           std::string name = std::string(std::get<0>(tested.param).backend) + "_" +
                                              std::get<1>(tested.param).name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace heddle::attention
