// The cpu back end's dense products and row operations on the shapes of the two shipped models, as
// GFLOP/s and share of the measured FMA peak, by processor time (products), or GB/s (row
// operations), on one thread and two; each result is checked against the reference back end in the
// same run.
//   build/release/tests/bench/dense_bench        exit code 1 when a result is wrong
// DNNL_VERBOSE=1 names the kernels that oneDNN chose.

#include "attention/backend/backend.h"
#include "attention/bench/measurement.h"

#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace heddle::attention {
namespace {

constexpr int kRepeats = 15;
constexpr double kTolerance = 2e-5;  // fp32 sums of up to 1,152 products of unit variance in all

Tensor noise(const std::vector<std::int64_t>& shape, float scale) {
  Tensor tensor(DType::kF32, shape);
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> uniform(-scale, scale);
  auto* data = tensor.view().as<float>();
  for (std::int64_t i = 0; i < tensor.view().size(); ++i) data[i] = uniform(generator);
  return tensor;
}

double max_difference(const TensorView& a, const TensorView& b) {
  double worst = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    worst = bench::worse(worst, std::fabs(double{a.as<float>()[i]} - b.as<float>()[i]));
  }
  return worst;
}

/// The shortest of several runs, by the clock and by processor time, on at most `threads` threads.
bench::Time best_time(int threads, const std::function<void()>& work) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  work();  // makes primitives and scratch
  bench::Time best{INFINITY, INFINITY};
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const bench::Stopwatch watch;
    work();
    const bench::Time took = watch.elapsed();
    best.wall = std::fmin(best.wall, took.wall);
    best.processor = std::fmin(best.processor, took.processor);
  }
  return best;
}

struct Product {
  std::string name;
  std::vector<std::int64_t> in;
  std::vector<std::int64_t> out;
  std::vector<std::int64_t> weight;
  int dilation_or_stride = 1;
  Activation activation = Activation::kNone;

  double flops() const {
    double n = 2;
    for (const std::int64_t extent : out) n *= static_cast<double>(extent);
    for (std::size_t i = 1; i < weight.size(); ++i) n *= static_cast<double>(weight[i]);
    return n;
  }
};

std::unique_ptr<Dense> make(const Backend& on, const Product& p, const TensorView& weight) {
  if (weight.rank == 2) return on.linear({weight, {}, p.activation});
  if (weight.rank == 3) return on.conv1d({weight, {}, p.dilation_or_stride, p.activation});
  return on.conv2d({weight, {}, p.dilation_or_stride, p.activation});
}

bool measure(const Product& p, const bench::FmaPeak& peak) {
  const double terms = p.flops() / 2 / static_cast<double>(Tensor(DType::kU8, p.out).view().size());
  const Tensor weight = noise(p.weight, static_cast<float>(std::sqrt(3 / terms)));
  const Tensor in = noise(p.in, 1);
  const Tensor out(DType::kF32, p.out);
  const Tensor expected(DType::kF32, p.out);
  const auto product = make(backend("cpu"), p, weight.view());
  const auto run = [&] { product->run(in.view(), out.view(), {}, false); };
  const bench::Time one = best_time(1, run);
  const bench::Time two = best_time(2, run);
  const double gflop = p.flops() / 1e9;
  const auto poisoned = out.view().as<float>();  // so that the check sees work that was skipped
  std::fill_n(poisoned, out.view().size(), INFINITY);
  run();
  make(backend("reference"), p, weight.view())->run(in.view(), expected.view(), {}, false);
  const double error = max_difference(out.view(), expected.view());
  std::printf("%-34s %7.1f %4.0f %% %8.1f %4.0f %%   %.1e%s\n",
              p.name.c_str(),
              gflop / one.wall,
              100 * gflop / one.processor / peak.processor,
              gflop / two.wall,
              100 * gflop / two.processor / peak.processor,
              error,
              error <= kTolerance ? "" : "  WRONG");
  return error <= kTolerance;
}

std::vector<Product> products() {
  std::vector<Product> all;
  const std::int64_t shapes[][2] = {
      {256, 768}, {256, 256}, {256, 1360}, {680, 256}, {576, 256}, {256, 384}};
  for (const auto& [in, out] : shapes) {
    all.push_back({"linear " + std::to_string(in) + " -> " + std::to_string(out) + ", 1024 rows",
                   {1024, in},
                   {1024, out},
                   {out, in}});
  }
  all.push_back({"linear 256 -> 768, 1 row", {1, 256}, {1, 768}, {768, 256}});
  const std::int64_t n = 6144;
  all.push_back({"conv1d 5 -> 96 k9", {n, 5}, {n, 96}, {96, 5, 9}});
  for (const int dilation : {1, 3, 9}) {
    all.push_back({"conv1d 96 -> 96 k5 d" + std::to_string(dilation),
                   {n, 96},
                   {n, 96},
                   {96, 96, 5},
                   dilation});
  }
  all.push_back(
      {"conv1d 96 -> 96 k5 d1, gelu", {n, 96}, {n, 96}, {96, 96, 5}, 1, Activation::kGelu});
  all.push_back({"conv1d 160 -> 96 k7", {n, 160}, {n, 96}, {96, 160, 7}});
  all.push_back({"conv1d 96 -> 8 k1", {n, 96}, {n, 8}, {8, 96, 1}});
  all.push_back({"conv2d 3 -> 32 s2, 256", {256, 256, 3}, {128, 128, 32}, {32, 3, 3, 3}, 2});
  all.push_back({"conv2d 32 -> 64 s2, 128", {128, 128, 32}, {64, 64, 64}, {64, 32, 3, 3}, 2});
  all.push_back({"conv2d 64 -> 64, 64", {64, 64, 64}, {64, 64, 64}, {64, 64, 3, 3}});
  all.push_back({"conv2d 64 -> 64, 128", {128, 128, 64}, {128, 128, 64}, {64, 64, 3, 3}});
  all.push_back({"conv2d 128 -> 128, 32", {32, 32, 128}, {32, 32, 128}, {128, 128, 3, 3}});
  all.push_back({"conv2d 128 -> 128, 64", {64, 64, 128}, {64, 64, 128}, {128, 128, 3, 3}});
  all.push_back({"conv2d 45 -> 64, 32", {32, 32, 45}, {32, 32, 64}, {64, 45, 3, 3}});
  all.push_back({"conv2d 64 -> 5 k1, 32", {32, 32, 64}, {32, 32, 5}, {5, 64, 1, 1}});
  return all;
}

struct RowOperation {
  const char* name;
  std::function<void(const Backend&, const TensorView&, const TensorView&)> apply;
  std::int64_t in_per_out = 1;
};

bool measure(const RowOperation& op) {
  const Tensor in = noise({1024, 680 * op.in_per_out}, 3);
  const Tensor out(DType::kF32, {1024, 680});
  const Tensor expected(DType::kF32, {1024, 680});
  const double bytes = static_cast<double>(in.bytes() + out.bytes());
  const auto run = [&] { op.apply(backend("cpu"), in.view(), out.view()); };
  const double one = bytes / best_time(1, run).wall / 1e9;
  const double two = bytes / best_time(2, run).wall / 1e9;
  op.apply(backend("reference"), in.view(), expected.view());
  const double error = max_difference(out.view(), expected.view());
  std::printf("%-34s %7.1f GB/s %8.1f GB/s   %.1e%s\n",
              op.name,
              one,
              two,
              error,
              error <= kTolerance ? "" : "  WRONG");
  return error <= kTolerance;
}

std::vector<RowOperation> row_operations() {
  static const Tensor gain = noise({680}, 1);
  return {
      {"gelu", [](auto& on, auto& in, auto& out) { on.gelu(in, out); }},
      {"relu", [](auto& on, auto& in, auto& out) { on.relu(in, out); }},
      {"add", [](auto& on, auto& in, auto& out) { on.add(in, in, out); }},
      {"swiglu", [](auto& on, auto& in, auto& out) { on.swiglu(in, out); }, 2},
      {"rms_norm", [](auto& on, auto& in, auto& out) { on.rms_norm(in, gain.view(), 1e-6f, out); }},
      {"layer_norm",
       [](auto& on, auto& in, auto& out) {
         on.layer_norm(in, gain.view(), gain.view(), 1e-5f, out);
       }},
      {"l2_normalize", [](auto& on, auto& in, auto& out) { on.l2_normalize(in, 1e-12f, out); }},
      {"copy and rotary, 8 heads of 84",
       [](auto& on, auto& in, auto& out) {
         copy(in, out);
         TensorView heads = view_of(out.template as<float>(), {1024, 8, 84});
         heads.stride[0] = 680;
         heads.stride[1] = 85;
         on.rotary({.x = heads.permute({1, 0, 2})});
       }},
  };
}

int run() {
  const bench::FmaPeak peak = bench::fma_peak(1);
  std::string detail;
  for (const BackendStatus& status : backend_statuses()) {
    if (status.name == "cpu") detail = status.detail;
  }
  std::printf("cpu back end: %s\n", detail.c_str());
  std::printf("FMA peak: %.1f GFLOP a processor second\n\n", peak.processor);
  std::printf("%-34s %14s %15s   largest error\n",
              "GFLOP/s by the clock, share of peak",
              "one thread",
              "two");
  bool right = true;
  for (const Product& product : products()) right = measure(product, peak) && right;
  std::printf("\n");
  for (const RowOperation& op : row_operations()) right = measure(op) && right;
  return right ? 0 : 1;
}

}  // namespace
}  // namespace heddle::attention

int main() { return heddle::attention::run(); }
