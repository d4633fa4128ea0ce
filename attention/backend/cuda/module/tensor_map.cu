#include "attention/backend/cuda/module/errors.h"
#include "attention/backend/cuda/module/tensor_map.h"

#include <cstdint>

namespace heddle::attention::cuda {
namespace {

using EncodeTiled = decltype(&cuTensorMapEncodeTiled);

EncodeTiled encode_tiled() {
  static const auto encode = [] {
    void* entry = nullptr;
    cudaDriverEntryPointQueryResult found{};
    check(cudaGetDriverEntryPointByVersion(
              "cuTensorMapEncodeTiled", &entry, 12000, cudaEnableDefault, &found),
          "cudaGetDriverEntryPointByVersion(cuTensorMapEncodeTiled)");
    if (found != cudaDriverEntryPointSuccess) {
      throw std::runtime_error("cuda: the driver has no cuTensorMapEncodeTiled; update it");
    }
    return reinterpret_cast<EncodeTiled>(entry);
  }();
  return encode;
}

}  // namespace

CUtensorMap tensor_map(const Operand& operand) {
  CUtensorMap map{};
  const std::int64_t strand_stride =
      operand.strands > 1 ? operand.strand_stride : operand.row_stride;
  const cuuint64_t extent[4] = {static_cast<cuuint64_t>(operand.dim),
                                static_cast<cuuint64_t>(operand.rows),
                                static_cast<cuuint64_t>(operand.strands),
                                static_cast<cuuint64_t>(operand.heads)};
  const cuuint64_t stride[3] = {static_cast<cuuint64_t>(operand.row_stride) * 2,
                                static_cast<cuuint64_t>(strand_stride) * 2,
                                static_cast<cuuint64_t>(operand.head_stride) * 2};
  const cuuint32_t box[4] = {64, 64, 1, 1};
  const cuuint32_t step[4] = {1, 1, 1, 1};
  const CUresult status =
      encode_tiled()(&map,
                     operand.element == Element::kBF16 ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
                                                       : CU_TENSOR_MAP_DATA_TYPE_FLOAT16,
                     4,
                     operand.data,
                     extent,
                     stride,
                     box,
                     step,
                     CU_TENSOR_MAP_INTERLEAVE_NONE,
                     CU_TENSOR_MAP_SWIZZLE_128B,
                     CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                     CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (status != CUDA_SUCCESS) {
    throw std::runtime_error("cuda: cuTensorMapEncodeTiled failed with code " +
                             std::to_string(static_cast<int>(status)));
  }
  return map;
}

bool map_fits(const Operand& operand, Element element) {
  return operand.element == element && operand.dim % 8 == 0 && operand.dim <= 128 &&
         operand.row_stride % 8 == 0 && operand.head_stride % 8 == 0 && operand.rows > 0 &&
         operand.row_stride > 0 && operand.head_stride > 0 && operand.rows < (1LL << 31) &&
         operand.strand_stride % 8 == 0 && reinterpret_cast<std::uintptr_t>(operand.data) % 16 == 0;
}

}  // namespace heddle::attention::cuda
