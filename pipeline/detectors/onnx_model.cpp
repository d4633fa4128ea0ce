#include "pipeline/detectors/onnx_model.h"

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>

namespace heddle::pipeline {

namespace {

// Field numbers of onnx.proto3.
namespace model_field {
constexpr std::uint64_t kGraph = 7, kMetadata = 14;
}
namespace graph_field {
constexpr std::uint64_t kInitializer = 5, kInput = 11, kOutput = 12;
}
constexpr std::uint64_t kTensorName = 8;

constexpr std::size_t kMostValues = 4096;
constexpr std::size_t kMostDimensions = 16;

/// The fields of one protobuf message, in order.
class Fields {
 public:
  explicit Fields(std::string_view message) : rest_(message) {}

  std::uint64_t number = 0;
  std::uint64_t value = 0;  // of a varint
  std::string_view bytes;   // of a string, bytes or message

  /// False at the end.
  bool next() {
    if (rest_.empty()) return false;
    const std::uint64_t key = varint();
    number = key >> 3;
    value = 0;
    bytes = {};
    switch (key & 7) {
      case 0:
        value = varint();
        break;
      case 1:
        take(8);
        break;
      case 2:
        bytes = take(varint());
        break;
      case 5:
        take(4);
        break;
      default:
        throw std::invalid_argument("it is no ONNX model");
    }
    return true;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t result = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1).front());
      result |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return result;
    }
    throw std::invalid_argument("it is no ONNX model");
  }

  std::string_view take(std::uint64_t length) {
    if (length > rest_.size()) throw std::invalid_argument("it is no ONNX model, or is cut short");
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  std::string_view rest_;
};

void each_field(std::string_view message, const std::function<void(const Fields&)>& visit) {
  for (Fields field(message); field.next();) visit(field);
}

std::vector<std::int64_t> shape_of(std::string_view type) {
  std::vector<std::int64_t> shape;
  const auto add_dimension = [&](std::string_view dimension) {
    std::int64_t size = -1;
    each_field(dimension, [&](const Fields& field) {
      if (field.number == 1) size = static_cast<std::int64_t>(field.value);
    });
    if (shape.size() == kMostDimensions) throw std::invalid_argument("a shape is too long");
    shape.push_back(size > 0 ? size : -1);
  };
  each_field(type, [&](const Fields& kind) {
    if (kind.number != 1) return;  // no tensor
    each_field(kind.bytes, [&](const Fields& tensor) {
      if (tensor.number != 2) return;
      each_field(tensor.bytes, [&](const Fields& one) {
        if (one.number == 1) add_dimension(one.bytes);
      });
    });
  });
  return shape;
}

OnnxValue value_of(std::string_view message) {
  OnnxValue value;
  each_field(message, [&](const Fields& field) {
    if (field.number == 1) value.name = field.bytes;
    if (field.number == 2) value.shape = shape_of(field.bytes);
  });
  return value;
}

void read_graph(std::string_view message, OnnxModel& model) {
  std::set<std::string, std::less<>> weights;
  each_field(message, [&](const Fields& field) {
    if (field.number == graph_field::kInitializer) {
      each_field(field.bytes, [&](const Fields& tensor) {
        if (tensor.number == kTensorName) weights.emplace(tensor.bytes);
      });
    } else if (field.number == graph_field::kInput) {
      model.inputs.push_back(value_of(field.bytes));
    } else if (field.number == graph_field::kOutput) {
      model.outputs.push_back(value_of(field.bytes));
    }
    if (model.inputs.size() > kMostValues || model.outputs.size() > kMostValues) {
      throw std::invalid_argument("it has more inputs or outputs than a detector could");
    }
  });
  std::erase_if(model.inputs, [&](const OnnxValue& value) { return weights.contains(value.name); });
}

}  // namespace

OnnxModel describe_onnx(std::string_view bytes) {
  OnnxModel model;
  each_field(bytes, [&](const Fields& field) {
    if (field.number == model_field::kGraph) read_graph(field.bytes, model);
    if (field.number != model_field::kMetadata) return;
    std::string key, value;
    each_field(field.bytes, [&](const Fields& entry) {
      if (entry.number == 1) key = entry.bytes;
      if (entry.number == 2) value = entry.bytes;
    });
    model.metadata[key] = value;
  });
  if (model.inputs.empty() || model.outputs.empty()) {
    throw std::invalid_argument("it is no ONNX model: no graph with inputs and outputs is in it");
  }
  return model;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t size : shape) {
    text += (text.empty() ? "" : "x") + (size < 0 ? "?" : std::to_string(size));
  }
  return text.empty() ? "scalar" : text;
}

}  // namespace heddle::pipeline
