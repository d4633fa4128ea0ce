#pragma once
// Reads a safetensors file (https://github.com/huggingface/safetensors, format section): 8 bytes of
// little-endian header length, a JSON header, raw little-endian data. Files are hostile until
// proven otherwise: every field is checked before it is used, and a file is either wholly sound or
// refused.
//
// The accepted subset: header of at most 1 MiB; at most 4096 tensors; dtypes F64 F32 BF16 F16 I64
// I32 U8; at most 5 axes; offsets aligned to their dtype that cover the data exactly, without gap
// or overlap; metadata of strings. Threads: immutable after construction. Ownership: views borrow
// the mapping and must not be written to. Errors: WeightsError naming the file, the tensor and both
// numbers.

#include "attention/tensor/tensor.h"
#include "attention/weights/mapped_file.h"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace heddle::attention {

inline constexpr std::size_t kMaxWeightsHeader = 1 << 20;
inline constexpr std::size_t kMaxWeightsTensors = 4096;

/// What a file holds. Views point into the bytes it was read from.
struct WeightsHeader {
  std::map<std::string, TensorView, std::less<>> tensors;
  std::map<std::string, std::string, std::less<>> metadata;
};

/// Checks all of `file`, which must stay in place while the views live. `name` is for messages.
WeightsHeader parse_weights(std::span<const std::byte> file, const std::string& name);

class Weights {
 public:
  /// Maps the file at `path` and checks it.
  explicit Weights(const std::string& path);

  const std::string& path() const { return path_; }
  std::span<const std::byte> bytes() const { return file_.bytes(); }
  /// By name, in the order of names.
  const std::map<std::string, TensorView, std::less<>>& tensors() const { return header_.tensors; }
  const std::map<std::string, std::string, std::less<>>& metadata() const {
    return header_.metadata;
  }
  bool contains(std::string_view name) const { return header_.tensors.contains(name); }
  /// Throws when there is no such tensor.
  const TensorView& tensor(std::string_view name) const;

 private:
  std::string path_;
  MappedFile file_;
  WeightsHeader header_;
};

}  // namespace heddle::attention
