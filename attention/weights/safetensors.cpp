#include "attention/weights/safetensors.h"

#include "attention/weights/strict_json.h"
#include "attention/weights/weights_error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <vector>

namespace heddle::attention {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

constexpr std::size_t kPrefix = 8;  // the header's length, u64

struct DTypeName {
  std::string_view name;
  DType dtype;
};
constexpr std::array kDTypes = {
    DTypeName{"F64", DType::kF64},
    DTypeName{"F32", DType::kF32},
    DTypeName{"BF16", DType::kBF16},
    DTypeName{"F16", DType::kF16},
    DTypeName{"I64", DType::kI64},
    DTypeName{"I32", DType::kI32},
    DTypeName{"U8", DType::kU8},
};

struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string name;
};

/// One file under inspection: what every check needs to say where it failed.
struct Inspection {
  std::span<const std::byte> file;
  std::string name;
  std::size_t data_begin = 0;  // offset of the data in the file
  std::size_t data_size = 0;

  [[noreturn]] void refuse(const std::string& what) const {
    throw WeightsError(name + ": " + what + "; fetch the file again or write it anew");
  }
  [[noreturn]] void refuse(const std::string& tensor, const std::string& what) const {
    refuse("tensor '" + tensor.substr(0, 128) + "': " + what);
  }
};

std::uint64_t header_size(const Inspection& at) {
  if (at.file.size() < kPrefix) {
    at.refuse("expected at least 8 bytes, the file has " + std::to_string(at.file.size()));
  }
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < kPrefix; ++i) {
    size |= std::uint64_t{std::to_integer<std::uint8_t>(at.file[i])} << (8 * i);
  }
  if (size > kMaxWeightsHeader) {
    at.refuse("the header says it has " + std::to_string(size) + " bytes, the limit is " +
              std::to_string(kMaxWeightsHeader));
  }
  if (size > at.file.size() - kPrefix) {
    at.refuse("the header says it has " + std::to_string(size) + " bytes, the file has " +
              std::to_string(at.file.size() - kPrefix) + " after its length");
  }
  return size;
}

/// A field of a tensor's entry, which must hold dtype, shape and data_offsets and nothing else.
const json& field(const Inspection& at,
                  const std::string& name,
                  const json& entry,
                  const char* key) {
  if (!entry.is_object() || entry.size() != 3 || !entry.contains(key)) {
    at.refuse(name, "expected exactly dtype, shape and data_offsets");
  }
  return entry.at(key);
}

DType dtype_at(const Inspection& at, const std::string& name, const json& entry) {
  const json& value = field(at, name, entry, "dtype");
  if (!value.is_string()) at.refuse(name, "expected dtype as a string");
  const auto& text = value.get_ref<const std::string&>();
  const auto* found = std::find_if(
      kDTypes.begin(), kDTypes.end(), [&](const DTypeName& known) { return known.name == text; });
  if (found == kDTypes.end()) {
    at.refuse(name,
              "unknown dtype '" + text.substr(0, 16) +
                  "', known are F64 F32 BF16 F16 "
                  "I64 I32 U8");
  }
  return found->dtype;
}

std::vector<std::int64_t> shape_at(const Inspection& at,
                                   const std::string& name,
                                   const json& entry) {
  const json& value = field(at, name, entry, "shape");
  if (!value.is_array() || value.size() > kMaxRank) {
    at.refuse(name,
              "expected a shape of at most " + std::to_string(kMaxRank) + " axes, got " +
                  std::to_string(value.size()));
  }
  std::vector<std::int64_t> shape;
  for (const json& extent : value) {
    if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > INT64_MAX) {
      at.refuse(name, "expected the shape as whole numbers below 2^63");
    }
    shape.push_back(extent.get<std::int64_t>());
  }
  return shape;
}

Extent extent_at(const Inspection& at, const std::string& name, const json& entry) {
  const json& value = field(at, name, entry, "data_offsets");
  if (!value.is_array() || value.size() != 2 || !value[0].is_number_unsigned() ||
      !value[1].is_number_unsigned()) {
    at.refuse(name, "expected data_offsets as two whole numbers");
  }
  Extent extent{value[0].get<std::uint64_t>(), value[1].get<std::uint64_t>(), name};
  if (extent.begin > extent.end || extent.end > at.data_size) {
    at.refuse(name,
              "offsets [" + std::to_string(extent.begin) + ", " + std::to_string(extent.end) +
                  ") do not lie in " + std::to_string(at.data_size) + " bytes of data");
  }
  return extent;
}

/// Bytes that shape and dtype ask for, by checked multiplication.
std::uint64_t bytes_of(const Inspection& at,
                       const std::string& name,
                       const std::vector<std::int64_t>& shape,
                       DType dtype) {
  auto bytes = static_cast<std::uint64_t>(size_of(dtype));
  for (const std::int64_t extent : shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes) ||
        bytes > INT64_MAX) {
      at.refuse(name, "its shape asks for more bytes than 63 bits count");
    }
  }
  return bytes;
}

TensorView tensor_at(const Inspection& at,
                     const std::string& name,
                     const json& entry,
                     std::vector<Extent>& extents) {
  const DType dtype = dtype_at(at, name, entry);
  const std::vector<std::int64_t> shape = shape_at(at, name, entry);
  const Extent extent = extent_at(at, name, entry);
  const std::uint64_t wanted = bytes_of(at, name, shape, dtype);
  if (wanted != extent.end - extent.begin) {
    at.refuse(name,
              "its shape asks for " + std::to_string(wanted) + " bytes, its offsets hold " +
                  std::to_string(extent.end - extent.begin));
  }
  if ((at.data_begin + extent.begin) % size_of(dtype) != 0) {
    at.refuse(name,
              "it starts at byte " + std::to_string(at.data_begin + extent.begin) +
                  ", which is not a multiple of " + std::to_string(size_of(dtype)));
  }
  extents.push_back(extent);
  const std::byte* start = at.file.data() + at.data_begin + extent.begin;
  return view_of(const_cast<std::byte*>(start), dtype, shape);
}

void require_exact_cover(const Inspection& at, std::vector<Extent>& extents) {
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::uint64_t reached = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != reached) {
      at.refuse(extent.name,
                "it starts at " + std::to_string(extent.begin) + ", the data before it ends at " +
                    std::to_string(reached) + (extent.begin < reached ? " (overlap)" : " (gap)"));
    }
    reached = extent.end;
  }
  if (reached != at.data_size) {
    at.refuse("the tensors end at byte " + std::to_string(reached) + " of " +
              std::to_string(at.data_size) + " bytes of data");
  }
}

std::map<std::string, std::string, std::less<>> metadata_at(const Inspection& at,
                                                            const json& entry) {
  std::map<std::string, std::string, std::less<>> metadata;
  if (!entry.is_object()) at.refuse("expected __metadata__ as an object of strings");
  for (const auto& [key, value] : entry.items()) {
    if (!value.is_string()) at.refuse("metadata '" + key.substr(0, 64) + "' is not a string");
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

}  // namespace

WeightsHeader parse_weights(std::span<const std::byte> file, const std::string& name) {
  Inspection at{file, name};
  const std::uint64_t size = header_size(at);
  at.data_begin = kPrefix + size;
  at.data_size = file.size() - at.data_begin;
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + kPrefix, size);
  const json header = parse_strict_json(text, name);
  if (!header.is_object()) at.refuse("expected the header to be an object");
  if (header.size() > kMaxWeightsTensors + 1) {
    at.refuse("the header has " + std::to_string(header.size()) + " entries, the limit is " +
              std::to_string(kMaxWeightsTensors));
  }
  WeightsHeader checked;
  std::vector<Extent> extents;
  for (const auto& [key, entry] : header.items()) {
    if (key == "__metadata__") {
      checked.metadata = metadata_at(at, entry);
    } else {
      checked.tensors.emplace(key, tensor_at(at, key, entry, extents));
    }
  }
  if (checked.tensors.size() > kMaxWeightsTensors) {
    at.refuse("it holds " + std::to_string(checked.tensors.size()) + " tensors, the limit is " +
              std::to_string(kMaxWeightsTensors));
  }
  require_exact_cover(at, extents);
  return checked;
}

Weights::Weights(const std::string& path)
    : path_(path), file_(path), header_(parse_weights(file_.bytes(), path)) {}

const TensorView& Weights::tensor(std::string_view name) const {
  const auto found = header_.tensors.find(name);
  if (found == header_.tensors.end()) {
    throw WeightsError(path_ + ": no tensor '" + std::string(name) + "' among its " +
                       std::to_string(header_.tensors.size()) + " tensors");
  }
  return found->second;
}

}  // namespace heddle::attention
