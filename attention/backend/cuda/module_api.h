#pragma once
// The contract between the program and libheddle_cuda.so, which it opens at run time: plain C++
// structures and one exported function, no CUDA header. Both sides are built from this file; the
// version refuses a module of another build.
//
// Threads: functions may be called from any thread; calls on one Device from one thread at a time.
// Ownership: pointers returned by make_* and allocate are freed by the matching call.
// Errors: a call returns false and error() of the same thread says what failed, in one line that
// names the operation.

#include "attention/backend/cuda/key_schedule.h"
#include "attention/backend/cuda/tile_schedule.h"

#include <cstddef>
#include <cstdint>

namespace heddle::attention::cuda {

inline constexpr std::int32_t kModuleVersion = 6;
inline constexpr int kMaxSegments = 8;
inline constexpr int kMaxQuerySets = 2;

enum class Element : std::int32_t { kF32 = 0, kBF16 = 1, kF16 = 2 };

/// (heads, rows, dim) in device memory, last axis contiguous; strides in elements. Seen strand by
/// strand (Strands in block_plan.h) it is (strands, heads, rows, dim): strand_operand.h.
struct Operand {
  void* data = nullptr;
  Element element = Element::kF32;
  std::int32_t heads = 0;
  std::int64_t rows = 0;  // of a strand
  std::int64_t dim = 0;
  std::int64_t head_stride = 0;
  std::int64_t row_stride = 0;
  std::int32_t strands = 1;
  std::int64_t strand_stride = 0;  // of an operand seen so, else 0
};

/// Of queries, keys and values; no kernel takes more.
inline constexpr int kMostHeadChannels = 256;

/// Which kernel runs. kAuto: the first of the others, in this order, that can.
enum class Path : std::int32_t { kAuto = 0, kHopper = 1, kPortable = 2, kSimple = 3 };

/// AttentionArgs on the device. Slots a stage touches beyond its keys must hold finite numbers (a
/// masked key weighs 0, and 0 times infinity is not 0).
struct AttentionCall {
  const void* schedule = nullptr;  // of make_schedule
  Operand queries[kMaxQuerySets];
  Operand keys[kMaxSegments];
  Operand values[kMaxSegments];
  std::int32_t query_set[kMaxSegments] = {};
  std::int32_t query_sets = 1;
  std::int32_t segments = 1;
  float scale = 1;
  Path path = Path::kAuto;
  Operand out;
  float* log_sum_exp = nullptr;  // (heads, queries) of the whole tensor, or null
  std::int64_t log_sum_exp_stride = 0;
  // The results join those of the queries' other keys, which `out` and `log_sum_exp` (then not
  // null) hold.
  bool join = false;
};

/// AttentionGradientArgs on the device; gradients whose data is null are not wanted. Slots as in
/// AttentionCall.
struct GradientCall {
  const void* schedule = nullptr;      // of make_schedule
  const void* key_schedule = nullptr;  // of make_key_schedule
  Operand queries[kMaxQuerySets];
  Operand keys[kMaxSegments];
  Operand values[kMaxSegments];
  std::int32_t query_set[kMaxSegments] = {};
  std::int32_t query_sets = 1;
  std::int32_t segments = 1;
  float scale = 1;
  Path path = Path::kAuto;
  Operand out;
  Operand out_gradient;
  const float* log_sum_exp = nullptr;           // (heads, queries) of the whole tensor
  const float* log_sum_exp_gradient = nullptr;  // (heads, queries), or null: zero
  std::int64_t log_sum_exp_stride = 0;          // of a head, in both
  Operand query_gradients[kMaxQuerySets];
  Operand key_gradients[kMaxSegments];
  Operand value_gradients[kMaxSegments];
};

struct OperationApi;  // operation_api.h

struct ModuleApi {
  std::int32_t version;
  const char* (*error)();
  /// The first device's name and abilities, one line; false where there is no driver or device.
  bool (*describe)(char* text, std::size_t size);
  bool (*allocate)(std::size_t bytes, void** memory);
  bool (*release)(void* memory);
  bool (*to_device)(void* device, const void* host, std::size_t bytes);
  bool (*to_host)(void* host, const void* device, std::size_t bytes);
  bool (*make_schedule)(const TileSchedule& schedule, void** made);
  bool (*free_schedule)(void* schedule);
  bool (*make_key_schedule)(const KeySchedule& schedule, void** made);
  bool (*free_key_schedule)(void* schedule);
  /// Enqueued where the calling thread's operations go (operation_api.h).
  bool (*attention)(const AttentionCall& call);
  bool (*attention_gradient)(const GradientCall& call);
  /// Waits for all that was enqueued; reports what failed on the device.
  bool (*synchronize)();
  /// Milliseconds of `repeats` attention calls, median of `rounds`, by device events.
  bool (*time_attention)(const AttentionCall& call, int repeats, int rounds, float* milliseconds);
  bool (*time_gradient)(const GradientCall& call, int repeats, int rounds, float* milliseconds);
  const OperationApi* operations;
};

/// The one exported symbol: const ModuleApi* heddle_cuda_module().
inline constexpr const char* kModuleEntry = "heddle_cuda_module";
inline constexpr const char* kModuleFile = "libheddle_cuda.so";

}  // namespace heddle::attention::cuda
