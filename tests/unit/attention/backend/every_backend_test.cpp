// Every operation on every back end beside the reference. Skipped, saying why, where a back end
// cannot run. On a device an operation runs three times: step by step, recorded, and replayed.

#include "attention/patterns/pattern.h"
#include "tests/unit/attention/backend/placed_run.h"
#include "tests/unit/attention/backend/random_tensor.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <tuple>

namespace heddle::attention {
namespace {

/// How far a back end may be from the reference, outputs about 1. `products`: a sum of n products
/// of size 1 / sqrt(n) errs by sqrt(n) 2^-24 in f32; rounding its operands to fp16 adds 2^-11 of
/// each product, 2^-11 of the sum as a norm, some 3 times as much at worst, and to bf16 8 times
/// that. `rows`: a few roundings in f32, and exponentials within 2 ulp.
struct Tolerance {
  const char* backend;
  double products;
  double rows;
};
constexpr Tolerance kTolerances[] = {{"cpu", 1e-5, 1e-5},
                                     {"cpu-bf16", 2.4e-2, 1e-5},
                                     {"cuda-f32", 1e-5, 1e-5},
                                     {"cuda", 3e-3, 1e-5}};

using Operands = std::span<const TensorView>;

struct OperationCase {
  const char* name;
  bool product;                       // or by row
  std::vector<Tensor> (*operands)();  // the last is what is written
  void (*run)(const Backend&, Operands);
};

void PrintTo(const OperationCase& c, std::ostream* os) { *os << c.name; }

Tensor bytes(std::int64_t length, int below, unsigned seed) {
  Tensor tensor(DType::kU8, {length});
  std::mt19937 random(seed);
  for (std::int64_t i = 0; i < length; ++i) {
    tensor.view().as<std::uint8_t>()[i] = static_cast<std::uint8_t>(random() % below);
  }
  return tensor;
}

template <class... Tensors>
std::vector<Tensor> list(Tensors&&... tensors) {
  std::vector<Tensor> made;
  (made.push_back(std::forward<Tensors>(tensors)), ...);
  return made;
}

/// A packed product outlives the runs of a test: made once for a back end and a name.
const Dense& dense(const Backend& on,
                   const std::string& name,
                   std::unique_ptr<Dense> (*make)(const Backend&)) {
  static std::map<std::string, std::unique_ptr<Dense>> made;
  auto& slot = made[std::string(on.name()) + name];
  if (!slot) slot = make(on);
  return *slot;
}

Tensor weight(std::initializer_list<std::int64_t> shape, unsigned seed) {
  std::int64_t terms = 1;
  for (const std::int64_t extent : std::span(shape.begin() + 1, shape.size() - 1)) terms *= extent;
  return random_tensor(shape, seed, std::sqrt(3.0f / static_cast<float>(terms)));
}

std::unique_ptr<Dense> wide_linear(const Backend& on) {
  return on.linear({weight({768, 256}, 2).view(), {}, Activation::kNone});
}
std::unique_ptr<Dense> odd_linear(const Backend& on) {
  return on.linear({weight({45, 13}, 2).view(), random_tensor({45}, 3).view(), Activation::kGelu});
}
std::unique_ptr<Dense> deep_linear(const Backend& on) {
  return on.linear({weight({256, 680}, 2).view(), {}, Activation::kNone});
}
std::unique_ptr<Dense> dilated_conv1d(const Backend& on) {
  return on.conv1d(
      {weight({96, 96, 5}, 2).view(), random_tensor({96}, 3).view(), 9, Activation::kGelu});
}
std::unique_ptr<Dense> narrow_conv1d(const Backend& on) {
  return on.conv1d(
      {weight({8, 96, 1}, 2).view(), random_tensor({8}, 3).view(), 1, Activation::kNone});
}
std::unique_ptr<Dense> strided_conv2d(const Backend& on) {
  return on.conv2d(
      {weight({32, 3, 3, 3}, 2).view(), random_tensor({32}, 3).view(), 2, Activation::kRelu});
}
std::unique_ptr<Dense> square_conv2d(const Backend& on) {
  return on.conv2d(
      {weight({64, 45, 3, 3}, 2).view(), random_tensor({64}, 3).view(), 1, Activation::kNone});
}

BlockPlan plan_of(const char* pattern, std::int64_t rows) {
  return plan(parse_pattern(pattern), {.heads = 1, .queries = rows, .keys = rows});
}

/// Operand 0: (rows, 3 heads dim) = queries, keys, values side by side, as models have them.
void attend(const Backend& on, Operands at, const BlockPlan& planned, std::int64_t heads) {
  const std::int64_t dim = at[1].shape[1] / heads;
  const auto part = [&](const TensorView& rows, std::int64_t first) {
    TensorView view = rows;
    view.rank = 3;
    view.shape = {heads, rows.shape[0], dim};
    view.stride = {dim, rows.shape[1], 1};
    view.data = static_cast<float*>(rows.data) + first;
    return view;
  };
  const std::array queries = {part(at[0], 0)};
  const std::array segments = {
      KeySegment{.keys = part(at[0], heads * dim), .values = part(at[0], 2 * heads * dim)}};
  on.attention({.plan = &planned,
                .queries = queries,
                .segments = segments,
                .scale = 1 / std::sqrt(static_cast<float>(dim)),
                .out = part(at[1], 0)});
}

const OperationCase kCases[] = {
    {"linear_wide",
     true,
     [] {
       return list(random_tensor({200, 256}, 1), random_tensor({200, 768}, 4));
     },
     [](auto& on, Operands at) { dense(on, "wide", wide_linear).run(at[0], at[1], {}, false); }},
    {"linear_one_row",
     true,
     [] {
       return list(random_tensor({1, 256}, 1), random_tensor({1, 768}, 4));
     },
     [](auto& on, Operands at) { dense(on, "wide", wide_linear).run(at[0], at[1], {}, false); }},
    {"linear_odd_channels_gelu",
     true,
     [] {
       return list(random_tensor({70, 13}, 1), random_tensor({70, 45}, 4));
     },
     [](auto& on, Operands at) { dense(on, "odd", odd_linear).run(at[0], at[1], {}, false); }},
    {"linear_accumulates",
     true,
     [] {
       return list(random_tensor({1280, 680}, 1), random_tensor({1280, 256}, 4));
     },
     [](auto& on, Operands at) { dense(on, "deep", deep_linear).run(at[0], at[1], {}, true); }},
    {"conv1d_dilated_gelu",
     true,
     [] {
       return list(random_tensor({1000, 96}, 1), random_tensor({1000, 96}, 4));
     },
     [](auto& on, Operands at) {
       dense(on, "dilated", dilated_conv1d).run(at[0], at[1], {}, false);
     }},
    {"conv1d_narrow",
     true,
     [] {
       return list(random_tensor({300, 96}, 1), random_tensor({300, 8}, 4));
     },
     [](auto& on, Operands at) { dense(on, "narrow", narrow_conv1d).run(at[0], at[1], {}, true); }},
    {"conv2d_strided_relu",
     true,
     [] {
       return list(random_tensor({32, 48, 3}, 1), random_tensor({16, 24, 32}, 4));
     },
     [](auto& on, Operands at) {
       dense(on, "strided", strided_conv2d).run(at[0], at[1], {}, false);
     }},
    {"conv2d_accumulates",
     true,
     [] {
       return list(random_tensor({20, 28, 45}, 1), random_tensor({20, 28, 64}, 4));
     },
     [](auto& on, Operands at) { dense(on, "square", square_conv2d).run(at[0], at[1], {}, true); }},
    {"rms_norm",
     false,
     [] {
       return list(random_tensor({256}, 5), random_tensor({90, 256}, 1, 4));
     },
     [](auto& on, Operands at) { on.rms_norm(at[1], at[0], 1e-6f, at[1]); }},
    {"layer_norm",
     false,
     [] {
       return list(random_tensor({2, 77}, 5), random_tensor({9, 77}, 1, 4));
     },
     [](auto& on, Operands at) {
       on.layer_norm(at[1], at[0].at(0, 0), at[0].at(0, 1), 1e-5f, at[1]);
     }},
    {"l2_normalize",
     false,
     [] {
       return list(random_tensor({90, 128}, 1));
     },
     [](auto& on, Operands at) { on.l2_normalize(at[0], 1e-12f, at[0]); }},
    {"gelu",
     false,
     [] {
       return list(random_tensor({33, 70}, 1, 4));
     },
     [](auto& on, Operands at) { on.gelu(at[0], at[0]); }},
    {"relu",
     false,
     [] {
       return list(random_tensor({33, 70}, 1));
     },
     [](auto& on, Operands at) { on.relu(at[0], at[0]); }},
    {"add",
     false,
     [] {
       return list(random_tensor({33, 70}, 1), random_tensor({33, 70}, 2));
     },
     [](auto& on, Operands at) { on.add(at[0], at[1], at[1]); }},
    {"swiglu",
     false,
     [] {
       return list(random_tensor({50, 1360}, 1), random_tensor({50, 680}, 2));
     },
     [](auto& on, Operands at) { on.swiglu(at[0], at[1]); }},
    {"scale_shift",
     false,
     [] {
       return list(random_tensor({12, 9, 3}, 1));
     },
     [](auto& on, Operands at) { on.scale_shift(at[0], 0.5f, 0.25f, at[0]); }},
    {"scale_shift_of_bytes",
     false,
     [] { return list(bytes(500, 256, 1), random_tensor({500}, 2)); },
     [](auto& on, Operands at) { on.scale_shift(at[0], -127.5f, 0.015625f, at[1]); }},
    {"exp_clamp",
     false,
     [] {
       return list(random_tensor({40, 4}, 1, 6));
     },
     [](auto& on, Operands at) { on.exp_clamp(at[0], 1, 0.25f, at[0]); }},
    {"log_softmax",
     false,
     [] {
       return list(random_tensor({300, 8}, 1, 4));
     },
     [](auto& on, Operands at) { on.log_softmax(at[0], 2, at[0]); }},
    {"one_hot",
     false,
     [] {
       return list(bytes(500, 7, 1), random_tensor({500, 5}, 2));
     },
     [](auto& on, Operands at) { on.one_hot(at[0], at[1]); }},
    {"one_hot_conv1d",
     false,
     [] {
       return list(bytes(500, 6, 1),
                   random_tensor({9, 5, 96}, 2, 0.5f),
                   random_tensor({96}, 3),
                   random_tensor({500, 96}, 4));
     },
     [](auto& on, Operands at) {
       on.one_hot_conv1d({.classes = at[0], .rows = at[1], .bias = at[2], .out = at[3]});
     }},
    {"copy_columns",
     false,
     [] {
       return list(random_tensor({60, 9}, 1), random_tensor({60, 20}, 2));
     },
     [](auto& on, Operands at) {
       on.copy_columns({.from = at[0], .to = at[1], .at_from = 2, .at_to = 11, .count = 6});
     }},
    {"rotary",
     false,
     [] {
       return list(random_tensor({16, 1300, 32}, 1));
     },
     [](auto& on, Operands at) { on.rotary({.x = at[0], .first_position = 1000000}); }},
    {"attention_dense",
     true,
     [] {
       return list(random_tensor({300, 3 * 256}, 1), random_tensor({300, 256}, 2));
     },
     [](auto& on, Operands at) {
       static const BlockPlan planned = plan_of("dense()", 300);
       attend(on, at, planned, 8);
     }},
    {"attention_window",
     true,
     [] {
       return list(random_tensor({700, 3 * 128}, 1), random_tensor({700, 128}, 2));
     },
     [](auto& on, Operands at) {
       static const BlockPlan planned = plan_of("window(64,causal) | global(0:16)", 700);
       attend(on, at, planned, 2);
     }},
    {"attention_strided",
     true,
     [] {
       return list(random_tensor({640, 3 * 128}, 1), random_tensor({640, 128}, 2));
     },
     [](auto& on, Operands at) {
       static const BlockPlan planned = plan_of("strided(16)", 640);
       attend(on, at, planned, 2);
     }},
    {"attention_strands_of_unequal_lengths",
     true,
     [] {
       return list(random_tensor({333, 3 * 96}, 1), random_tensor({333, 96}, 2));
     },
     [](auto& on, Operands at) {
       static const BlockPlan planned = plan_of("dilated(8,4)", 333);
       attend(on, at, planned, 3);
     }},
    {"attention_strands_beside_rows",
     true,
     [] {
       return list(random_tensor({640, 3 * 256}, 1), random_tensor({640, 256}, 2));
     },
     [](auto& on, Operands at) {
       static const BlockPlan planned = plan_of("dilated(32,4) | window(16,causal)", 640);
       attend(on, at, planned, 4);
     }},
    {"attention_unequal_strands_beside_rows",
     true,
     [] {
       return list(random_tensor({333, 3 * 128}, 1), random_tensor({333, 128}, 2));
     },
     [](auto& on, Operands at) {
       static const BlockPlan planned = plan_of("strided(8,causal) | global(0:3)", 333);
       attend(on, at, planned, 2);
     }},
};

class EveryBackend : public testing::TestWithParam<std::tuple<Tolerance, OperationCase>> {};

TEST_P(EveryBackend, AgreesWithTheReferenceAndRepeatsItsBits) {
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
  EXPECT_LE(max_difference(got[0].back().view(), wanted[0].back().view()),
            tested.product ? tolerance.products : tolerance.rows);
  EXPECT_TRUE(same_bits(got[0].back().view(), got[1].back().view()));
  EXPECT_TRUE(same_bits(got[0].back().view(), got[2].back().view()));
}

INSTANTIATE_TEST_SUITE_P(Operations,
                         EveryBackend,
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
