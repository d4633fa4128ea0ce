#include "tests/unit/attention/cuda/device_case.h"

namespace heddle::attention::kernel_tests {
namespace {

/// THE LIST of shapes that the fast paths take.
std::vector<CaseShape> fast_shapes() {
  return {{.name = "OneHead", .heads = 1, .kv_heads = 1},
          {.name = "GroupedHeads", .heads = 6, .kv_heads = 2},
          {.name = "PlanForEachHead", .plan_heads = 4},
          {.name = "TwoSegmentsCutInABlock", .cut = 205},
          {.name = "Dim32", .key_dim = 32, .value_dim = 32},
          {.name = "Dim96", .key_dim = 96, .value_dim = 96},
          {.name = "Dim128", .key_dim = 128, .value_dim = 128},
          {.name = "Keys128Values64", .key_dim = 128, .value_dim = 64},
          {.name = "Interleaved", .cut = 130, .interleaved = true},
          {.name = "SmallBlocks", .query_block = 16, .key_block = 16},
          {.name = "OddBlocks", .query_block = 24, .key_block = 40},
          {.name = "WideBlocks", .cut = 201, .query_block = 128, .key_block = 256},
          {.name = "OneQuery", .first_query = 131, .queries = 1},
          {.name = "ManyKeys", .heads = 2, .first_query = 0, .queries = 257, .keys = 9000},
          {.name = "ManyKeysDim128",
           .heads = 2,
           .first_query = 0,
           .queries = 257,
           .keys = 9000,
           .key_dim = 128,
           .value_dim = 128}};
}

const char* name_of(cuda::Path path) {
  switch (path) {
    case cuda::Path::kHopper:
      return "Hopper";
    case cuda::Path::kPortable:
      return "Portable";
    case cuda::Path::kSimple:
      return "Simple";
    case cuda::Path::kAuto:
      break;
  }
  return "Auto";
}

}  // namespace

std::string name_of(const DeviceCase& tested) {
  const DType dtype = tested.shape.dtype;
  const char* type = dtype == DType::kBF16 ? "BFloat16" : dtype == DType::kF16 ? "Half" : "Float";
  return std::string(name_of(tested.path)) + type + tested.shape.name;
}

void PrintTo(const DeviceCase& tested, std::ostream* out) { *out << name_of(tested); }

bool can_run(cuda::Path path) {
  const cuda::LoadedModule& module = cuda::loaded_module();
  if (!module.api) return false;
  const bool hopper = module.device.find("capability 9.") != std::string::npos;
  return path != cuda::Path::kHopper || hopper;
}

std::vector<DeviceCase> fast_cases() {
  std::vector<DeviceCase> cases;
  for (const CaseShape& shape : fast_shapes()) {
    for (const cuda::Path path : {cuda::Path::kHopper, cuda::Path::kPortable}) {
      for (const DType dtype : {DType::kBF16, DType::kF16}) {
        DeviceCase made{shape, path};
        made.shape.dtype = dtype;
        cases.push_back(made);
      }
    }
  }
  return cases;
}

std::vector<DeviceCase> other_cases() {
  return {
      {{.name = "TwoQuerySets", .cut = 205, .query_sets = 2, .dtype = DType::kBF16},
       cuda::Path::kPortable},
      {{.name = "TwoQuerySets", .cut = 205, .query_sets = 2, .dtype = DType::kF16},
       cuda::Path::kAuto},
      {{.name = "OneHead", .heads = 1, .kv_heads = 1}, cuda::Path::kSimple},
      {{.name = "GroupedHeads", .heads = 6, .kv_heads = 2}, cuda::Path::kSimple},
      {{.name = "TwoQuerySets", .cut = 205, .query_sets = 2}, cuda::Path::kSimple},
      {{.name = "Dim4Values12", .key_dim = 4, .value_dim = 12}, cuda::Path::kAuto},
      {{.name = "OddBlocks", .query_block = 24, .key_block = 40}, cuda::Path::kAuto},
      {{.name = "Interleaved", .cut = 130, .interleaved = true}, cuda::Path::kAuto},
      {{.name = "ManyKeys", .heads = 2, .first_query = 0, .queries = 65, .keys = 9000},
       cuda::Path::kSimple},
      {{.name = "Dim20", .key_dim = 20, .value_dim = 12, .dtype = DType::kF16}, cuda::Path::kAuto}};
}

std::vector<DeviceCase> path_cases() {
  return {{{.dtype = DType::kBF16}, cuda::Path::kHopper},
          {{.key_dim = 128, .value_dim = 128, .dtype = DType::kBF16}, cuda::Path::kHopper},
          {{.dtype = DType::kF16}, cuda::Path::kHopper},
          {{.dtype = DType::kBF16}, cuda::Path::kPortable},
          {{.dtype = DType::kF16}, cuda::Path::kPortable},
          {{.dtype = DType::kF32}, cuda::Path::kSimple}};
}

}  // namespace heddle::attention::kernel_tests
