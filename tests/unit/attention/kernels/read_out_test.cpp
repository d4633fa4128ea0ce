// The CPU read-out beside the reference.

#include "attention/backend/cpu/read_out.h"

#include "attention/backend/reference/read_out.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <cstring>
#include <random>

namespace heddle::attention {
namespace {

struct Shape {
  std::string name;
  std::int64_t queries = 200;
  std::vector<std::int64_t> segments = {70, 130};
  std::int64_t dim = 128;
  std::int64_t value_dim = 4;
  DType dtype = DType::kF32;
  int top = 0;
  bool whole_numbers = false;  // similarities are small whole numbers: many ties, all exact
};

class Memory {
 public:
  Memory(const Shape& shape, std::uint64_t seed) : shape_(shape), random_(seed) {
    queries_ = Tensor(DType::kF32, {shape.queries, shape.dim});
    fill(queries_.view(), shape.dim);
    for (const std::int64_t keys : shape.segments) {
      tensors_.emplace_back(shape.dtype, std::initializer_list<std::int64_t>{1, keys, shape.dim});
      tensors_.emplace_back(shape.dtype,
                            std::initializer_list<std::int64_t>{1, keys, shape.value_dim});
      const TensorView key = tensors_[tensors_.size() - 2].view();
      const TensorView value = tensors_.back().view();
      fill(key, shape.dim);
      fill(value, 1);
      segments_.push_back({key, value});
    }
  }

  Tensor run(void (*read_out)(const ReadOutArgs&)) const {
    Tensor out(DType::kF32, {shape_.value_dim + 2, shape_.queries});
    read_out({.queries = queries_.view(),
              .segments = segments_,
              .scale = shape_.whole_numbers ? 0.5f : 35.2f,
              .top = shape_.top,
              .out = out.view()});
    return out;
  }

 private:
  /// Unit-length rows on average, or whole numbers in [-1, 1].
  void fill(const TensorView& to, std::int64_t dim) {
    std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(dim)));
    const Tensor wide(DType::kF32, {to.size()});
    for (std::int64_t i = 0; i < to.size(); ++i) {
      const float x = normal(random_);
      wide.view().as<float>()[i] = shape_.whole_numbers ? std::round(2 * x) : x;
    }
    copy(wide.view(), view_of(to.data, to.dtype, std::array{to.size()}));
  }

  Shape shape_;
  std::mt19937_64 random_;
  Tensor queries_;
  std::vector<Tensor> tensors_;
  std::vector<KeySegment> segments_;
};

class CpuReadOut : public testing::TestWithParam<Shape> {};

TEST_P(CpuReadOut, AgreesWithTheReference) {
  const Memory memory(GetParam(), 1);
  const Tensor got = memory.run(cpu::read_out);
  const Tensor wanted = memory.run(reference::read_out);
  for (std::int64_t i = 0; i < got.view().size(); ++i) {
    ASSERT_NEAR(got.view().as<float>()[i], wanted.view().as<float>()[i], 2e-5) << i;
  }
}

TEST_P(CpuReadOut, GivesTheSameBitsOnOneThreadAndOnTwo) {
  const Memory memory(GetParam(), 2);
  const auto run = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return memory.run(cpu::read_out);
  };
  const Tensor alone = run(1);
  const Tensor together = run(2);
  EXPECT_EQ(std::memcmp(alone.view().data, together.view().data, alone.bytes()), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes,
    CpuReadOut,
    testing::Values(Shape{.name = "All"},
                    Shape{.name = "OneQuery", .queries = 1},
                    Shape{.name = "OddDims", .dim = 20, .value_dim = 7},
                    Shape{.name = "NoKeys", .segments = {0}},
                    Shape{.name = "Float16", .dtype = DType::kF16},
                    Shape{.name = "BFloat16", .dtype = DType::kBF16},
                    Shape{.name = "Top32", .segments = {300, 100, 500}, .top = 32},
                    Shape{.name = "Top1", .top = 1},
                    Shape{.name = "TopOfMoreThanThereAre", .top = 500},
                    Shape{.name = "TopAmongTies", .top = 10, .whole_numbers = true},
                    Shape{.name = "Top32Float16", .dtype = DType::kF16, .top = 32}),
    [](const auto& tested) { return tested.param.name; });

TEST(ReadOut, RefusesWhatItCannotRead) {
  const Tensor queries(DType::kF32, {2, 8});
  const Tensor keys(DType::kF32, {2, 3, 8});
  const Tensor values(DType::kF32, {2, 3, 4});
  const Tensor out(DType::kF32, {6, 2});
  const KeySegment two_heads[] = {{keys.view(), values.view()}};
  const KeySegment good[] = {{keys.view().slice(0, 0, 1), values.view().slice(0, 0, 1)}};
  for (const auto read_out : {cpu::read_out, reference::read_out}) {
    const ReadOutArgs args = {.queries = queries.view(), .segments = good, .out = out.view()};
    EXPECT_NO_THROW(read_out(args));
    ReadOutArgs heads = args;
    heads.segments = two_heads;
    EXPECT_THROW(read_out(heads), std::invalid_argument);
    ReadOutArgs scale = args;
    scale.scale = 0;
    EXPECT_THROW(read_out(scale), std::invalid_argument);
    ReadOutArgs narrow = args;
    narrow.out = out.view().slice(0, 0, 4);
    EXPECT_THROW(read_out(narrow), std::invalid_argument);
  }
}

}  // namespace
}  // namespace heddle::attention
