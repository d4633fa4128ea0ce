// Blocks chosen on the GPU beside the attention over them: milliseconds of each, their ratio, and
// whether the plan is the host's. bf16, groups of 64 queries. One line a case.
//   HEDDLE_CUDA_MODULE=build/cuda/app/libheddle_cuda.so cuda_selection_bench [a selector's
//   beginning]

#include "attention/backend/cuda/device_selection.h"
#include "attention/backend/cuda/device_tensor.h"
#include "attention/backend/cuda/operation_api.h"
#include "attention/patterns/attended_pairs.h"
#include "attention/selectors/selector.h"
#include "tests/bench/cuda_cases.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::attention::cuda {
namespace {

struct Chosen {
  std::int64_t tokens;
  std::int32_t block;
  std::int32_t top;
  BlockScore score = BlockScore::kMean;
  std::int64_t dim = 128;
};

/// THE LIST.
constexpr Chosen kChosen[] = {{k32, 64, 16},
                              {k32, 512, 9},
                              {k128, 64, 16},
                              {k128, 128, 16},
                              {k128, 512, 9},
                              {k128, 512, 9, BlockScore::kBound},
                              {k128, 64, 16, BlockScore::kBound},
                              {k512, 512, 9}};

constexpr std::int64_t kHeads = 8;
constexpr std::int64_t kCheckedTokens = 40000;  // the host's choice is made up to here

std::string text_of(const Chosen& chosen) {
  return std::string(chosen.score == BlockScore::kMean ? "moba(" : "quest(") +
         std::to_string(chosen.block) + "," + std::to_string(chosen.top) + ",queries=64)";
}

bool is_the_hosts(const Chosen& chosen,
                  const std::string& text,
                  const Tensor (&in)[3],
                  const BlockPlan& got) {
  const Tensor queries(DType::kF32, {kHeads, chosen.tokens, chosen.dim});
  const Tensor keys(DType::kF32, {kHeads, chosen.tokens, chosen.dim});
  copy(in[0].view(), queries.view());
  copy(in[1].view(), keys.view());
  const Pattern pattern =
      parse_selector(text)->select({.queries = queries.view(), .keys = keys.view()});
  const BlockPlan wanted =
      plan(pattern, {.heads = kHeads, .queries = chosen.tokens, .keys = chosen.tokens});
  return wanted.row_begin == got.row_begin && wanted.runs == got.runs;
}

void measure(const ModuleApi& api, const Chosen& chosen) {
  const Case shape{"", "", chosen.tokens, chosen.dim, 64, kHeads};
  const std::string text = text_of(chosen);
  const Tensor in[3] = {random_tensor(shape, 1), random_tensor(shape, 2), random_tensor(shape, 3)};
  std::vector<DeviceTensor> held;
  for (const Tensor& tensor : in) held.push_back(DeviceTensor::copy_of(api, tensor.view()));
  const DeviceTensor out = DeviceTensor::like(api, in[0].view());
  const DeviceSelection selection(api,
                                  {.heads = kHeads,
                                   .kv_heads = kHeads,
                                   .tokens = chosen.tokens,
                                   .dim = static_cast<std::int32_t>(chosen.dim),
                                   .block = chosen.block,
                                   .top = chosen.top,
                                   .score = chosen.score});
  const SelectionCall select{
      .selection = selection.data(), .queries = held[0].operand(), .keys = held[1].operand()};
  float select_ms = 0;
  require(api.operations->selections->time_select(select, 10, 9, &select_ms), api);
  const auto begin = std::chrono::steady_clock::now();
  selection.select(held[0].operand(), held[1].operand());
  const double host_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  AttentionCall call;
  call.schedule = selection.schedule();
  call.queries[0] = held[0].operand();
  call.keys[0] = held[1].operand();
  call.values[0] = held[2].operand();
  call.scale = 1 / std::sqrt(static_cast<float>(chosen.dim));
  call.out = out.operand();
  float attention_ms = 0;
  require(api.time_attention(call, 10, 9, &attention_ms), api);
  const BlockPlan made = selection.plan();
  const double flop =
      4.0 * static_cast<double>(attended_pairs(made)) * static_cast<double>(chosen.dim);
  const bool checked = chosen.tokens <= kCheckedTokens;
  const bool same = !checked || is_the_hosts(chosen, text, in, made);
  std::printf(
      "%-28s %7lld tokens  choice %7.3f ms (host %.3f ms)  attention %8.3f ms  %6.1f TFLOP/s  "
      "%5.1f %%  plan %s\n",
      text.c_str(),
      static_cast<long long>(chosen.tokens),
      select_ms,
      host_ms,
      attention_ms,
      flop / attention_ms * 1e-9,
      100 * select_ms / attention_ms,
      !checked ? "not checked"
      : same   ? "the host's"
               : "DIFFERS");
  std::fflush(stdout);
  if (!same) throw std::runtime_error(text + ": not the host's plan");
}

}  // namespace
}  // namespace heddle::attention::cuda

int main(int argc, char** argv) {
  using namespace heddle::attention::cuda;
  try {
    const LoadedModule& module = loaded_module();
    if (!module.api) throw std::runtime_error(module.reason);
    std::printf("%s\n", module.device.c_str());
    for (const Chosen& chosen : kChosen) {
      const bool wanted = argc < 2 || text_of(chosen).starts_with(argv[1]);
      const bool long_enough = argc < 3 || std::to_string(chosen.tokens) == argv[2];
      if (wanted && long_enough) measure(*module.api, chosen);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
