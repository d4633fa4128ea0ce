#pragma once
// What an ONNX file says of itself: the shapes of its inputs and outputs, and its metadata. Read
// from the protobuf wire format directly (onnx.proto3, IR version 3 and later), so that it is known
// before, and without, the library that runs the model.
//
// Source: github.com/onnx/onnx, docs/IR.md. Threads: any. Memory: the description only.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

struct OnnxValue {
  std::string name;
  std::vector<std::int64_t> shape;  // -1 where it may vary
};

struct OnnxModel {
  std::vector<OnnxValue> inputs;  // without those that are weights
  std::vector<OnnxValue> outputs;
  std::map<std::string, std::string> metadata;  // "names" -> "{0: 'person', ...}" of Ultralytics
};

/// Throws std::invalid_argument saying what is wrong with the bytes.
OnnxModel describe_onnx(std::string_view bytes);

/// "1x3x416x416"; what may vary is ?.
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace heddle::pipeline
