// Dense products: the reference against sums done by hand, the cpu against the reference, and the
// laws of fixed tiles.

#include "attention/backend/backend.h"
#include "tests/unit/attention/backend/random_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <omp.h>
#include <sys/mman.h>
#include <tbb/global_control.h>
#include <unistd.h>

#include <barrier>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

namespace heddle::attention {
namespace {

/// One product: `width` taps along one axis (`conv1d`) or two (`conv2d`); linear where width is 0.
struct Case {
  const char* name;
  std::vector<std::int64_t> spatial;  // input extents, one (rows, positions) or two (image)
  std::int64_t in;
  std::int64_t out;
  std::int64_t width = 0;
  int dilation = 1;
  int stride = 1;
  Activation activation = Activation::kNone;
};

void PrintTo(const Case& c, std::ostream* os) { *os << c.name; }

struct Weights {
  Tensor weight;
  Tensor bias;
};

/// Weights of variance 1 / (inputs of a sum), so that outputs are about 1 whatever the shape.
Weights weights_of(const Case& c) {
  const std::int64_t taps = c.width == 0 ? 1 : c.spatial.size() == 2 ? c.width * c.width : c.width;
  const float scale = std::sqrt(3.0f / static_cast<float>(c.in * taps));
  Weights weights{.bias = random_tensor({c.out}, 3)};
  if (c.width == 0) {
    weights.weight = random_tensor({c.out, c.in}, 2, scale);
  } else if (c.spatial.size() == 1) {
    weights.weight = random_tensor({c.out, c.in, c.width}, 2, scale);
  } else {
    weights.weight = random_tensor({c.out, c.in, c.width, c.width}, 2, scale);
  }
  return weights;
}

std::unique_ptr<Dense> make(std::string_view name, const Case& c, const Weights& w, bool bias) {
  const Backend& on = backend(name);
  const TensorView b = bias ? w.bias.view() : TensorView();
  if (c.width == 0) return on.linear({w.weight.view(), b, c.activation});
  if (c.spatial.size() == 1) return on.conv1d({w.weight.view(), b, c.dilation, c.activation});
  return on.conv2d({w.weight.view(), b, c.stride, c.activation});
}

Tensor input_of(const Case& c, unsigned seed = 1) {
  if (c.spatial.size() == 1) return random_tensor({c.spatial[0], c.in}, seed);
  return random_tensor({c.spatial[0], c.spatial[1], c.in}, seed);
}

Tensor output_of(const Case& c, unsigned seed = 4) {
  if (c.spatial.size() == 1) return random_tensor({c.spatial[0], c.out}, seed);
  return random_tensor({c.spatial[0] / c.stride, c.spatial[1] / c.stride, c.out}, seed);
}

/// fp32: a sum of n products of size 1 / n errs by at most about n * 2^-24 of its largest partial
/// sum, typically sqrt(n) * 2^-24: 1e-5 holds for the n <= 1400 tested here.
constexpr double kTolerance = 1e-5;

/// f32 memory that ends where a page begins that nobody may touch.
class Guarded {
 public:
  explicit Guarded(const TensorView& like) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const auto bytes = static_cast<std::size_t>(like.size()) * sizeof(float);
    const std::size_t room = (bytes + page - 1) / page * page;
    size_ = room + page;
    memory_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(memory_, MAP_FAILED);
    EXPECT_EQ(mprotect(static_cast<char*>(memory_) + room, page, PROT_NONE), 0);
    view_ = like;
    view_.data = static_cast<char*>(memory_) + room - bytes;
    copy(like, view_);
  }
  ~Guarded() { munmap(memory_, size_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  const TensorView& view() const { return view_; }

 private:
  void* memory_ = nullptr;
  std::size_t size_ = 0;
  TensorView view_;
};

class DenseProduct : public ::testing::TestWithParam<Case> {};

TEST_P(DenseProduct, AgreesWithTheReference) {
  const Case& c = GetParam();
  const Weights weights = weights_of(c);
  const Tensor in = input_of(c);
  for (const bool bias : {true, false}) {
    const Tensor expected = output_of(c);
    const Tensor got = output_of(c);
    make("reference", c, weights, bias)->run(in.view(), expected.view(), {}, false);
    make("cpu", c, weights, bias)->run(in.view(), got.view(), {}, false);
    EXPECT_LE(max_difference(expected.view(), got.view()), kTolerance);
  }
}

TEST_P(DenseProduct, AccumulatesOntoWhatWasThere) {
  Case c = GetParam();
  c.activation = Activation::kNone;
  const Weights weights = weights_of(c);
  const Tensor in = input_of(c);
  const Tensor expected = output_of(c);
  const Tensor got = output_of(c);
  make("reference", c, weights, true)->run(in.view(), expected.view(), {}, true);
  make("cpu", c, weights, true)->run(in.view(), got.view(), {}, true);
  EXPECT_LE(max_difference(expected.view(), got.view()), kTolerance);
}

TEST_P(DenseProduct, ReadsAndWritesThroughStridesAndTouchesNothingBetween) {
  const Case& c = GetParam();
  const Weights weights = weights_of(c);
  const Tensor dense_in = input_of(c);
  const Tensor dense_out = output_of(c);
  Case wide = c;
  wide.in += 3;
  wide.out += 5;
  const Tensor wide_in = input_of(wide, 7);
  const Tensor wide_out = output_of(wide, 8);
  const Tensor untouched = output_of(wide, 8);
  const int last = wide_in.view().rank - 1;
  const TensorView in = wide_in.view().slice(last, 1, c.in);
  const TensorView out = wide_out.view().slice(last, 2, c.out);
  copy(dense_in.view(), in);
  const auto product = make("cpu", c, weights, true);
  product->run(dense_in.view(), dense_out.view(), {}, false);
  product->run(in, out, {}, false);
  EXPECT_EQ(max_difference(dense_out.view(), out), 0);
  copy(untouched.view().slice(last, 2, c.out), out);
  EXPECT_TRUE(same_bits(wide_out.view(), untouched.view()));
}

TEST_P(DenseProduct, GivesTheSameBitsOnOneThreadAndOnTwo) {
  const Case& c = GetParam();
  const Weights weights = weights_of(c);
  const Tensor in = input_of(c);
  const Tensor one = output_of(c, 5);
  const Tensor two = output_of(c, 6);
  const auto product = make("cpu", c, weights, true);
  {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
    product->run(in.view(), one.view(), {}, false);
  }
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 2);
  product->run(in.view(), two.view(), {}, false);
  EXPECT_TRUE(same_bits(one.view(), two.view()));
}

TEST_P(DenseProduct, ReadsAndWritesNothingBeyondItsOperands) {
  const Case& c = GetParam();
  const Weights weights = weights_of(c);
  const Guarded in(input_of(c).view());
  const Guarded out(output_of(c).view());
  const Tensor expected = output_of(c);
  const auto product = make("cpu", c, weights, true);
  product->run(input_of(c).view(), expected.view(), {}, false);
  product->run(in.view(), out.view(), {}, false);
  EXPECT_TRUE(same_bits(expected.view(), out.view()));
}

TEST_P(DenseProduct, TakesAnEmptyInput) {
  Case c = GetParam();
  c.spatial[0] = 0;
  const Weights weights = weights_of(c);
  EXPECT_NO_THROW(
      make("cpu", c, weights, true)->run(input_of(c).view(), output_of(c).view(), {}, false));
}

/// As in a daemon, whose streams have threads of their own.
TEST(Product, KeepsNothingForThreadsThatHaveGone) {
  const Case c{"conv", {256}, 64, 64, 3};
  const Weights weights = weights_of(c);
  const Tensor in = input_of(c);
  const Tensor out = output_of(c);
  const auto product = make("cpu", c, weights, true);
  product->run(in.view(), out.view(), {}, false);
  const std::size_t before = mallinfo2().uordblks;
  std::mutex turn;
  std::barrier all(100);  // alive together, so that none takes another's place
  std::vector<std::thread> threads;
  for (int i = 0; i < 100; ++i) {
    threads.emplace_back([&] {
      all.arrive_and_wait();
      const std::scoped_lock lock(turn);
      product->run(in.view(), out.view(), {}, false);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(mallinfo2().uordblks, before + (64U << 10));
}

INSTANTIATE_TEST_SUITE_P(
    Linear,
    DenseProduct,
    ::testing::Values(Case{"one_row", {1}, 256, 256},
                      Case{"one_tile", {64}, 256, 768},
                      Case{"tail", {65}, 256, 384, 0, 1, 1, Activation::kGelu},
                      Case{"many", {200}, 680, 256},
                      Case{"wide", {130}, 256, 1360, 0, 1, 1, Activation::kRelu},
                      Case{"odd_channels", {70}, 13, 5, 0, 1, 1, Activation::kGelu},
                      Case{"to_one", {67}, 31, 1},
                      Case{"from_one", {67}, 1, 17},
                      Case{"whole_tiles_of_odd_channels", {128}, 13, 5}));

INSTANTIATE_TEST_SUITE_P(
    Conv1d,
    DenseProduct,
    ::testing::Values(Case{"stem", {300}, 5, 96, 9, 1, 1, Activation::kGelu},
                      Case{"dilated_3", {257}, 96, 96, 5, 3},
                      Case{"dilated_9", {256}, 96, 96, 5, 9, 1, Activation::kGelu},
                      Case{"joined", {129}, 160, 96, 7, 1, 1, Activation::kRelu},
                      Case{"head", {150}, 96, 8, 1},
                      Case{"shorter_than_its_halo", {3}, 8, 8, 5, 9},
                      Case{"odd_channels", {140}, 3, 7, 3, 2},
                      Case{"whole_tiles_of_odd_channels", {256}, 13, 5, 1}));

INSTANTIATE_TEST_SUITE_P(
    Conv2d,
    DenseProduct,
    ::testing::Values(Case{"photo", {32, 48}, 3, 32, 3, 1, 2, Activation::kRelu},
                      Case{"down", {18, 24}, 32, 64, 3, 1, 2},
                      Case{"same", {13, 17}, 64, 64, 3, 1, 1, Activation::kRelu},
                      Case{"embed", {9, 10}, 128, 128, 1},
                      Case{"head_in", {12, 12}, 45, 64, 3},
                      Case{"head_out", {11, 7}, 64, 5, 1},
                      Case{"whole_bands_of_odd_channels", {8, 9}, 13, 5, 1},
                      Case{"one_pixel", {1, 1}, 4, 4, 3},
                      Case{"thin", {5, 1}, 6, 3, 5, 1, 1, Activation::kGelu},
                      Case{"one_by_one_down", {8, 8}, 16, 24, 1, 1, 2}));

TEST(DenseReference, LinearIsTheSumOfProductsPlusBiasThroughTheActivation) {
  float weight[] = {1, 2, 3, 4, 5, 6};  // (2, 3)
  float bias[] = {0.5f, -100};
  float in[] = {1, -1, 2};
  float out[] = {9, 9};
  const auto linear =
      backend("reference").linear({view_of(weight, {2, 3}), view_of(bias, {2}), Activation::kRelu});
  linear->run(view_of(in, {1, 3}), view_of(out, {1, 2}), {}, false);
  EXPECT_THAT(out, ::testing::ElementsAre(5.5f, 0.0f));
}

TEST(DenseReference, ConvolutionsCorrelateAndSeeZerosOutside) {
  float weight[] = {1, 10, 100};
  float in[] = {1, 2, 3, 4};
  float out[4] = {};
  const auto conv1d = backend("reference").conv1d({view_of(weight, {1, 1, 3}), {}, 2});
  conv1d->run(view_of(in, {4, 1}), view_of(out, {4, 1}), {}, false);
  EXPECT_THAT(out, ::testing::ElementsAre(310, 420, 31, 42));

  float kernel[9] = {0, 0, 0, 0, 1, 10, 0, 100, 1000};
  float small[4] = {};
  float image[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7};
  const auto conv2d = backend("reference").conv2d({view_of(kernel, {1, 1, 3, 3}), {}, 2});
  conv2d->run(view_of(image, {4, 4, 1}), view_of(small, {2, 2, 1}), {}, false);
  EXPECT_THAT(small, ::testing::ElementsAre(6521, 8743, 5419, 7632));
}

TEST(DenseReference, AccumulatesBeforeNothingElse) {
  float weight[] = {2};
  float bias[] = {1};
  float in[] = {3};
  float out[] = {100};
  const auto linear = backend("reference").linear({view_of(weight, {1, 1}), view_of(bias, {1})});
  linear->run(view_of(in, {1, 1}), view_of(out, {1, 1}), {}, true);
  EXPECT_EQ(out[0], 107);
}

TEST(DenseTiles, ARowsBitsDependNeitherOnItsNeighboursNorOnItsPlace) {
  const Case c{"rows", {193}, 96, 72, 0, 1, 1, Activation::kGelu};
  const Weights weights = weights_of(c);
  const Tensor in = input_of(c);
  const Tensor batch = output_of(c);
  const auto linear = make("cpu", c, weights, true);
  linear->run(in.view(), batch.view(), {}, false);
  for (const std::int64_t row : {0, 1, 17, 63, 64, 127, 191, 192}) {
    Tensor alone(DType::kF32, {1, c.out});
    linear->run(in.view().slice(0, row, 1), alone.view(), {}, false);
    EXPECT_TRUE(same_bits(alone.view(), batch.view().slice(0, row, 1))) << "row " << row;
  }
}

TEST(DenseTiles, APositionsBitsDependOnlyOnWhatItsTapsReach) {
  const Case c{"positions", {400}, 24, 40, 5, 9, 1, Activation::kGelu};
  const Weights weights = weights_of(c);
  const Tensor in = input_of(c);
  const Tensor whole = output_of(c);
  const auto conv = make("cpu", c, weights, true);
  conv->run(in.view(), whole.view(), {}, false);
  const std::int64_t halo = 18;
  for (const std::int64_t begin : {0, 1, 5, 100, 127}) {
    const std::int64_t count = 250;
    Tensor part(DType::kF32, {count, c.out});
    conv->run(in.view().slice(0, begin, count), part.view(), {}, false);
    const std::int64_t inside = count - 2 * halo;
    EXPECT_TRUE(
        same_bits(part.view().slice(0, halo, inside), whole.view().slice(0, begin + halo, inside)))
        << "from position " << begin;
  }
}

TEST(DenseTiles, AnImageRowsBitsDependOnlyOnTheRowsItsTapsReach) {
  const Case c{"image", {21, 19}, 12, 20, 3};
  const Weights weights = weights_of(c);
  const Tensor in = input_of(c);
  const Tensor whole = output_of(c);
  const auto conv = make("cpu", c, weights, true);
  conv->run(in.view(), whole.view(), {}, false);
  for (const std::int64_t begin : {0, 1, 2, 3, 7}) {
    Tensor part(DType::kF32, {10, 19, c.out});
    conv->run(in.view().slice(0, begin, 10), part.view(), {}, false);
    EXPECT_TRUE(same_bits(part.view().slice(0, 1, 8), whole.view().slice(0, begin + 1, 8)))
        << "from row " << begin;
  }
}

TEST(DenseTiles, AnImageOfManyWidthsNeedsNoMoreThanTheKeptPrimitives) {
  const Case c{"widths", {6, 0}, 4, 8, 3};
  const Weights weights = weights_of(c);
  const auto fast = make("cpu", c, weights, true);
  const auto judge = make("reference", c, weights, true);
  for (std::int64_t width = 1; width <= 40; ++width) {
    Case sized = c;
    sized.spatial = {6, width};
    const Tensor in = input_of(sized);
    const Tensor expected = output_of(sized);
    const Tensor got = output_of(sized);
    judge->run(in.view(), expected.view(), {}, false);
    fast->run(in.view(), got.view(), {}, false);
    EXPECT_LE(max_difference(expected.view(), got.view()), kTolerance);
  }
}

TEST(DenseTiles, HalfPrecisionWeightsGiveTheirOwnRoundedValues) {
  const Case c{"half", {10}, 33, 9};
  const Weights wide = weights_of(c);
  for (const DType dtype : {DType::kF16, DType::kBF16, DType::kF64}) {
    Tensor stored(dtype, {9, 33});
    copy(wide.weight.view(), stored.view());
    Weights rounded = weights_of(c);
    copy(stored.view(), rounded.weight.view());
    const Tensor in = input_of(c);
    const Tensor expected = output_of(c);
    const Tensor got = output_of(c);
    make("cpu", c, rounded, false)->run(in.view(), expected.view(), {}, false);
    backend("cpu").linear({stored.view(), {}})->run(in.view(), got.view(), {}, false);
    EXPECT_TRUE(same_bits(expected.view(), got.view())) << name_of(dtype);
  }
}

std::int64_t threads_of_this_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

TEST(DenseThreads, AProductMadeWhereOpenMpAllowsATeamStartsNone) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
  const Case c{"team", {64}, 256, 768};
  const Weights weights = weights_of(c);
  const Tensor in = input_of(c);
  const Tensor out = output_of(c);
  std::int64_t before = 0;
  std::int64_t after = 0;
  std::thread([&] {
    omp_set_num_threads(4);
    before = threads_of_this_process();
    make("cpu", c, weights, true)->run(in.view(), out.view(), {}, false);
    after = threads_of_this_process();
  }).join();
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace heddle::attention
