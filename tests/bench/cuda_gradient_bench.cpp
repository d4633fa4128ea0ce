// Gradients of attention on the GPU over the patterns of the speed table: milliseconds in all, of
// queries alone, of keys and values alone; TFLOP/s on the pairs that the mask needs (five products
// each, whatever is computed); and how far sampled rows are from fp64. One line a case.
//   HEDDLE_CUDA_MODULE=build/cuda/app/libheddle_cuda.so cuda_gradient_bench [case ...]
// Peers on the same card: torch_attention_bench.py --backward

#include "attention/backend/cuda/device_tensor.h"
#include "attention/backend/cuda/strand_operand.h"
#include "attention/patterns/attended_pairs.h"
#include "attention/patterns/pattern.h"
#include "tests/bench/cuda_cases.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

namespace heddle::attention::cuda {
namespace {

using Row = std::vector<double>;

/// Every tensor of a case, on the host.
struct Host {
  Tensor queries, keys, values, out_gradient;
  Tensor out, log_sum_exp;                              // of the forward on the device
  Tensor query_gradient, key_gradient, value_gradient;  // from the device
};

Row row_of(const Tensor& tensor, std::int64_t head, std::int64_t row) {
  const TensorView at = tensor.view().at(0, head).at(0, row);
  Row made;
  for (std::int64_t i = 0; i < at.shape[0]; ++i) made.push_back(to_float(at.as<BFloat16>()[i]));
  return made;
}

double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void add(Row& to, double by, const Row& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += by * from[i];
}

/// One pair's weight and score gradient, in fp64 from what the device was given.
struct Pair {
  double weight, gradient;
};

Pair pair_of(const Host& host, std::int64_t head, std::int64_t q, std::int64_t k, double scale) {
  const Row out_gradient = row_of(host.out_gradient, head, q);
  const double score = dot(row_of(host.queries, head, q), row_of(host.keys, head, k));
  const double delta = dot(row_of(host.out, head, q), out_gradient);
  const double log_sum_exp = host.log_sum_exp.view().at(0, 0).at(0, head).as<float>()[q];
  const double weight = std::exp(score * scale - log_sum_exp);
  return {weight, weight * (dot(out_gradient, row_of(host.values, head, k)) - delta) * scale};
}

/// The largest difference of a row, as a share of the largest element there should be.
double difference(const Row& wanted, const Row& got) {
  double worst = 0;
  double largest = 1e-6;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double error = std::fabs(wanted[i] - got[i]);
    worst = std::isfinite(error) ? std::max(worst, error) : INFINITY;
    largest = std::max(largest, std::fabs(wanted[i]));
  }
  return worst / largest;
}

/// Over a few queries and keys of the first and the last head, by the pattern's definition.
double difference(const Case& shape, const Host& host, double scale) {
  const Pattern pattern = parse_pattern(shape.pattern);
  double worst = 0;
  for (const std::int64_t head : {std::int64_t{0}, shape.heads - 1}) {
    for (const std::int64_t at : {std::int64_t{5}, shape.tokens / 2 + 63, shape.tokens - 1}) {
      const auto width = static_cast<std::size_t>(shape.dim);
      Row query(width), key(width), value(width);
      for (std::int64_t other = 0; other < shape.tokens; ++other) {
        if (pattern.attends(0, at, other)) {
          add(query,
              pair_of(host, head, at, other, scale).gradient,
              row_of(host.keys, head, other));
        }
        if (pattern.attends(0, other, at)) {
          const Pair pair = pair_of(host, head, other, at, scale);
          add(key, pair.gradient, row_of(host.queries, head, other));
          add(value, pair.weight, row_of(host.out_gradient, head, other));
        }
      }
      worst = std::max({worst,
                        difference(query, row_of(host.query_gradient, head, at)),
                        difference(key, row_of(host.key_gradient, head, at)),
                        difference(value, row_of(host.value_gradient, head, at))});
    }
  }
  return worst;
}

float timed(const ModuleApi& api, const GradientCall& call) {
  float once = 0;
  require(api.time_gradient(call, 1, 3, &once), api);
  const int repeats = std::clamp(static_cast<int>(20 / once), 1, 50);
  float milliseconds = 0;
  require(api.time_gradient(call, repeats, 7, &milliseconds), api);
  return milliseconds;
}

/// Tensors of a case on the device, the forward done, and the call that is timed.
class Calls {
 public:
  Calls(const ModuleApi& api, const Case& shape, const BlockPlan& made) : api_(api) {
    const auto begin = std::chrono::steady_clock::now();
    const auto heads = static_cast<int>(shape.heads);
    stride_ = made.strands.stride;
    if (stride_ > 0 && !(made.runs.empty() && strands_align(made, shape.tokens))) {
      throw std::runtime_error("strands beside rows, or of unequal lengths, are not measured");
    }
    const auto strands = static_cast<int>(std::max<std::int64_t>(stride_, 1));
    const BlockPlan& of = stride_ > 0 ? made.strands.plans[0] : made;
    const std::int64_t slots[] = {shape.tokens / strands};
    const TileSchedule rows = make_tile_schedule(of, heads, strands);
    const KeySchedule keys = make_key_schedule(of, {heads, heads, slots, strands});
    const auto end = std::chrono::steady_clock::now();
    schedule_milliseconds = std::chrono::duration<double, std::milli>(end - begin).count();
    schedule_ = std::make_unique<DeviceTileSchedule>(api, rows);
    key_schedule_ = std::make_unique<DeviceKeySchedule>(api, keys);
  }

  Operand upload(const Tensor& from) {
    return kept_.emplace_back(DeviceTensor::copy_of(api_, from.view())).operand();
  }

  void fetch(std::size_t index, const Tensor& to) const { kept_[index].copy_to(to.view()); }

  /// Enqueues the forward; operands 0 to 8 are the host's tensors in their order.
  GradientCall prepare(const Host& host, float scale) {
    Operand on_device[9];
    const Tensor* tensors[9] = {&host.queries,
                                &host.keys,
                                &host.values,
                                &host.out_gradient,
                                &host.out,
                                &host.log_sum_exp,
                                &host.query_gradient,
                                &host.key_gradient,
                                &host.value_gradient};
    for (int i = 0; i < 9; ++i) {
      const Operand whole = upload(*tensors[i]);
      on_device[i] = stride_ > 0 ? strands_of(whole, stride_) : whole;
    }
    AttentionCall forward{.schedule = schedule_->data()};
    GradientCall call{.schedule = schedule_->data(), .key_schedule = key_schedule_->data()};
    forward.queries[0] = call.queries[0] = on_device[0];
    forward.keys[0] = call.keys[0] = on_device[1];
    forward.values[0] = call.values[0] = on_device[2];
    forward.scale = call.scale = scale;
    forward.out = call.out = on_device[4];
    forward.log_sum_exp = static_cast<float*>(on_device[5].data);
    forward.log_sum_exp_stride = host.queries.view().shape[1];
    call.log_sum_exp = forward.log_sum_exp;
    call.log_sum_exp_stride = forward.log_sum_exp_stride;
    call.out_gradient = on_device[3];
    call.query_gradients[0] = on_device[6];
    call.key_gradients[0] = on_device[7];
    call.value_gradients[0] = on_device[8];
    require(api_.attention(forward), api_);
    return call;
  }

  double schedule_milliseconds = 0;

 private:
  const ModuleApi& api_;
  std::int64_t stride_ = 0;  // of the strands, 0: the plan's rows
  std::unique_ptr<DeviceTileSchedule> schedule_;
  std::unique_ptr<DeviceKeySchedule> key_schedule_;
  std::vector<DeviceTensor> kept_;
};

Host host_tensors(const Case& shape) {
  const auto empty = [&] { return Tensor(DType::kBF16, {shape.heads, shape.tokens, shape.dim}); };
  return {.queries = random_tensor(shape, 1),
          .keys = random_tensor(shape, 2),
          .values = random_tensor(shape, 3),
          .out_gradient = random_tensor(shape, 4),
          .out = empty(),
          .log_sum_exp = Tensor(DType::kF32, {1, shape.heads, shape.tokens}),
          .query_gradient = empty(),
          .key_gradient = empty(),
          .value_gradient = empty()};
}

void measure(const ModuleApi& api, const Case& shape) {
  const BlockPlan made = plan(parse_pattern(shape.pattern),
                              {.queries = shape.tokens,
                               .keys = shape.tokens,
                               .query_block = shape.block,
                               .key_block = shape.block});
  Calls calls(api, shape, made);
  const Host host = host_tensors(shape);
  const float scale = 1 / std::sqrt(static_cast<float>(shape.dim));
  GradientCall call = calls.prepare(host, scale);
  require(api.attention_gradient(call), api);
  calls.fetch(4, host.out);
  calls.fetch(5, host.log_sum_exp);
  calls.fetch(6, host.query_gradient);
  calls.fetch(7, host.key_gradient);
  calls.fetch(8, host.value_gradient);
  const double error = difference(shape, host, scale);
  const double flop = 10.0 * static_cast<double>(attended_pairs(made) * shape.heads * shape.dim);
  const float both = timed(api, call);
  GradientCall of_queries = call;
  of_queries.key_gradients[0] = of_queries.value_gradients[0] = {};
  GradientCall of_keys = call;
  of_keys.query_gradients[0] = {};
  std::printf(
      "%-22s %9.3f ms %7.1f TFLOP/s  queries %.3f ms, keys %.3f ms  error %.1e  schedules %.0f "
      "ms\n",
      shape.name,
      both,
      flop / both * 1e-9,
      timed(api, of_queries),
      timed(api, of_keys),
      error,
      calls.schedule_milliseconds);
  std::fflush(stdout);
  if (!(error < 0.02)) throw std::runtime_error(std::string(shape.name) + ": wrong results");
}

}  // namespace
}  // namespace heddle::attention::cuda

int main(int argc, char** argv) {
  using namespace heddle::attention::cuda;
  try {
    const LoadedModule& module = loaded_module();
    if (!module.api) throw std::runtime_error(module.reason);
    std::printf("%s\n", module.device.c_str());
    for (const Case& shape : chosen_cases({argv + 1, argv + argc})) measure(*module.api, shape);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
