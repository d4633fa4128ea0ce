// Forward attention on the GPU over the patterns of the speed table: milliseconds, TFLOP/s on the
// pairs that the mask needs, and how far sampled rows are from fp64. One line a case.
// How long the host takes to plan and schedule, and to bring a schedule to the device, is the best
// of seven. --orders measures other orders and cuts of the same items, three times each, beside
// those that are made.
//   HEDDLE_CUDA_MODULE=build/cuda/app/libheddle_cuda.so cuda_attention_bench [--orders] [case ...]
// Gradients: cuda_gradient_bench.cpp. Peers on the same card: torch_attention_bench.py

#include "attention/backend/cuda/device_tensor.h"
#include "attention/backend/cuda/strand_operand.h"
#include "attention/backend/reference/attention.h"
#include "attention/patterns/attended_pairs.h"
#include "attention/patterns/pattern.h"
#include "tests/bench/cuda_cases.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace heddle::attention::cuda {
namespace {

/// The largest difference from fp64 over a few rows of the first and the last head.
double difference(const Case& shape, const Tensor (&in)[3], const Tensor& out, float scale) {
  const Pattern pattern = parse_pattern(shape.pattern);
  double worst = 0;
  for (const std::int64_t head : {std::int64_t{0}, shape.heads - 1}) {
    const TensorView queries[] = {in[0].view().slice(0, head, 1)};
    for (const std::int64_t row : {std::int64_t{0}, shape.tokens / 2 + 63, shape.tokens - 1}) {
      const BlockPlan one = plan(pattern,
                                 {.first_query = row,
                                  .queries = 1,
                                  .keys = shape.tokens,
                                  .query_block = shape.block,
                                  .key_block = shape.block});
      const TensorView query[] = {queries[0].slice(1, row, 1)};
      const KeySegment keys[] = {{in[1].view().slice(0, head, 1), in[2].view().slice(0, head, 1)}};
      const Tensor wanted(DType::kF32, {1, 1, shape.dim});
      reference::attention(
          {.plan = &one, .queries = query, .segments = keys, .scale = scale, .out = wanted.view()});
      const BFloat16* got = out.view().at(0, head).at(0, row).as<BFloat16>();
      for (std::int64_t i = 0; i < shape.dim; ++i) {
        const double error = std::fabs(to_float(got[i]) - wanted.view().as<float>()[i]);
        worst = std::isfinite(error) ? std::max(worst, error) : INFINITY;
      }
    }
  }
  return worst;
}

/// The schedules of a plan: of its rows, of its strands.
struct Schedules {
  std::vector<TileSchedule> host;
  std::vector<std::int64_t> strides;  // 0: of the rows
};

Schedules schedules_of(const BlockPlan& made, const Case& shape) {
  Schedules all;
  const auto heads = static_cast<int>(shape.heads);
  const std::int64_t stride = made.strands.stride;
  if (stride == 0 || !made.runs.empty()) {
    all.host.push_back(make_tile_schedule(made, heads));
    all.strides.push_back(0);
  }
  if (stride > 0) {
    if (!strands_align(made, shape.tokens)) throw std::runtime_error("strands of unequal lengths");
    all.host.push_back(make_tile_schedule(made.strands.plans[0], heads, static_cast<int>(stride)));
    all.strides.push_back(stride);
  }
  return all;
}

AttentionCall strands_call(const AttentionCall& whole, std::int64_t stride, bool join) {
  AttentionCall call = whole;
  call.queries[0] = strands_of(whole.queries[0], stride);
  call.keys[0] = strands_of(whole.keys[0], stride);
  call.values[0] = strands_of(whole.values[0], stride);
  call.out = strands_of(whole.out, stride);
  call.join = join;
  return call;
}

/// Pairs that the kernels compute.
double worked_pairs(const std::vector<TileSchedule>& schedules) {
  std::int64_t worked = 0;
  for (const TileSchedule& schedule : schedules) {
    for (const Item& item : schedule.items.expanded()) {
      for (int s = 0; s < item.stages; ++s) {
        const Stage& stage = schedule.stages[static_cast<std::size_t>(item.first_stage + s)];
        worked += (stage.kind[0] != kSkipped) + (stage.kind[1] != kSkipped);
      }
    }
  }
  return static_cast<double>(worked) * 64 * 128;
}

float timed(const ModuleApi& api, const std::vector<AttentionCall>& calls) {
  float sum = 0;
  for (const AttentionCall& call : calls) {
    float once = 0;
    require(api.time_attention(call, 1, 3, &once), api);
    const int repeats = std::clamp(static_cast<int>(20 / once), 1, 50);
    float milliseconds = 0;
    require(api.time_attention(call, repeats, 9, &milliseconds), api);
    sum += milliseconds;
  }
  return sum;
}

/// The tiles that were cut into a schedule's items.
std::vector<TileStages> tiles_of(const TileSchedule& schedule) {
  std::map<std::pair<std::int32_t, std::int64_t>, TileStages> tiles;
  for (const SharedItem& part : schedule.items.parts) {
    const Item& item = part.item;
    TileStages& tile = tiles[{item.head, item.first_row}];
    tile.first_stage =
        tile.stages == 0 ? item.first_stage : std::min(tile.first_stage, item.first_stage);
    tile.stages += item.stages;
    tile.first_row = item.first_row;
    tile.head = item.head;
  }
  std::vector<TileStages> all;
  for (const auto& [place, tile] : tiles) all.push_back(tile);
  return all;
}

/// Another order of the same tiles.
struct Order {
  const char* name;
  std::int64_t longest = 0;  // of a part, in stages; at least four mean tiles; 0: as made
  ItemOrder order = ItemOrder::kLongestFirst;
  std::int32_t single = 10;  // cost of a stage of one group, in tenths of one of both
};

inline constexpr int kRounds = 3;  // of all orders: one alone tells no 4 % apart
inline constexpr Order kAsMade{"as made"};
/// THE LIST for --orders.
inline constexpr Order kOrders[] = {
    kAsMade,
    {"longest first", 1 << 30},
    {"longest first, singles 0.6", 1 << 30, ItemOrder::kLongestFirst, 6},
    {"longest first, parts 32", 32},
    {"longest first, parts 32, singles 0.8", 32, ItemOrder::kLongestFirst, 8},
    {"head by head", 1 << 30, ItemOrder::kHeadByHead},
    {"head by head, parts 64, singles 0.8", 64, ItemOrder::kHeadByHead, 8},
    {"head by head, parts 32, singles 0.8", 32, ItemOrder::kHeadByHead, 8},
};

void reorder(TileSchedule& schedule, const Order& order) {
  if (order.longest == 0) return;
  const std::vector<TileStages> tiles = tiles_of(schedule);
  std::int64_t sum = 0;
  for (const TileStages& tile : tiles) sum += tile.stages;
  const auto mean = sum / std::max<std::int64_t>(1, std::ssize(tiles));
  ItemRule rule{.longest = std::min(std::max(order.longest, 4 * mean),
                                    longest_part(tiles, schedule.items.sharing, 32)),
                .order = order.order};
  rule.cost = [&](std::int64_t first, std::int32_t stages) {
    std::int32_t cost = 10;
    for (std::int64_t s = first; s < first + stages; ++s) {
      const Stage& stage = schedule.stages[static_cast<std::size_t>(s)];
      const bool both = stage.kind[0] != kSkipped && stage.kind[1] != kSkipped;
      cost += both ? 10 : order.single;
    }
    return cost;
  };
  schedule.items = make_items(tiles, schedule.items.sharing, rule);
}

template <class Work>
double best_milliseconds(const Work& work) {
  double best = 1e30;
  for (int i = 0; i < 7; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const auto end = std::chrono::steady_clock::now();
    best = std::min(best, std::chrono::duration<double, std::milli>(end - begin).count());
  }
  return best;
}

/// A case's operands on the device.
class Measured {
 public:
  Measured(const ModuleApi& api, const Case& shape)
      : api_(api),
        shape_(shape),
        in_{random_tensor(shape, 1), random_tensor(shape, 2), random_tensor(shape, 3)},
        out_(DType::kBF16, {shape.heads, shape.tokens, shape.dim}),
        device_out_(DeviceTensor::like(api, out_.view())),
        device_sums_(
            DeviceTensor::like(api, Tensor(DType::kF32, {1, shape.heads, shape.tokens}).view())) {
    for (const Tensor& tensor : in_)
      on_device_.push_back(DeviceTensor::copy_of(api, tensor.view()));
    call_.queries[0] = on_device_[0].operand();
    call_.keys[0] = on_device_[1].operand();
    call_.values[0] = on_device_[2].operand();
    call_.scale = 1 / std::sqrt(static_cast<float>(shape.dim));
    call_.out = device_out_.operand();
    build_ms_ = best_milliseconds([&] {
      plan_ = plan(parse_pattern(shape.pattern),
                   {.queries = shape.tokens,
                    .keys = shape.tokens,
                    .query_block = shape.block,
                    .key_block = shape.block});
      schedules_ = schedules_of(plan_, shape);
    });
  }

  void measure(const Order& order) const {
    Schedules schedules = schedules_;
    for (TileSchedule& schedule : schedules.host) reorder(schedule, order);
    std::vector<std::unique_ptr<DeviceTileSchedule>> kept;
    const double sent_ms = best_milliseconds([&] {
      kept.clear();
      for (const TileSchedule& schedule : schedules.host) {
        kept.push_back(std::make_unique<DeviceTileSchedule>(api_, schedule));
      }
    });
    const std::vector<AttentionCall> calls = calls_of(schedules, kept);
    for (const AttentionCall& call : calls) require(api_.attention(call), api_);
    device_out_.copy_to(out_.view());
    const double error = difference(shape_, in_, out_, call_.scale);
    const double pairs =
        static_cast<double>(attended_pairs(plan_)) * static_cast<double>(shape_.heads);
    const float milliseconds = timed(api_, calls);
    std::printf(
        "%-22s %9.3f ms %7.1f TFLOP/s  needed/computed %.3f  error %.1e  build %.3f ms, send %.3f "
        "ms  "
        "%s\n",
        shape_.name,
        milliseconds,
        pairs * 4 * static_cast<double>(shape_.dim) / milliseconds * 1e-9,
        pairs / (worked_pairs(schedules.host)),
        error,
        build_ms_,
        sent_ms,
        order.name);
    std::fflush(stdout);
    if (!(error < 0.02)) throw std::runtime_error(std::string(shape_.name) + ": wrong results");
  }

 private:
  std::vector<AttentionCall> calls_of(
      const Schedules& schedules,
      const std::vector<std::unique_ptr<DeviceTileSchedule>>& kept) const {
    AttentionCall whole = call_;
    if (kept.size() > 1) {  // strands join the rows through their log-sum-exps
      whole.log_sum_exp = static_cast<float*>(device_sums_.operand().data);
      whole.log_sum_exp_stride = shape_.tokens;
    }
    std::vector<AttentionCall> calls;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const std::int64_t stride = schedules.strides[i];
      calls.push_back(stride == 0 ? whole : strands_call(whole, stride, i > 0));
      calls.back().schedule = kept[i]->data();
    }
    return calls;
  }

  const ModuleApi& api_;
  const Case& shape_;
  Tensor in_[3];
  Tensor out_;
  DeviceTensor device_out_;
  DeviceTensor device_sums_;
  std::vector<DeviceTensor> on_device_;
  AttentionCall call_;
  BlockPlan plan_;
  Schedules schedules_;
  double build_ms_ = 0;
};

}  // namespace
}  // namespace heddle::attention::cuda

int main(int argc, char** argv) {
  using namespace heddle::attention::cuda;
  try {
    const LoadedModule& module = loaded_module();
    if (!module.api) throw std::runtime_error(module.reason);
    std::printf("%s\n", module.device.c_str());
    const bool orders = argc > 1 && std::string(argv[1]) == "--orders";
    for (const Case& shape : chosen_cases({argv + 1 + orders, argv + argc})) {
      const Measured measured(*module.api, shape);
      if (!orders) measured.measure(kAsMade);
      for (int round = 0; round < (orders ? kRounds : 0); ++round) {
        for (const Order& order : kOrders) measured.measure(order);
      }
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
