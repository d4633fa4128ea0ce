#pragma once
// What a model file says its model is: functions, each a straight line of steps over named
// registers. Only text and numbers here; layers and memory come later (function.h).
//
// The metadata key `heddle.model` holds JSON:
//   {"version": 1, "name": "genes-reference", "kind": "genes",
//    "fields": {"segment": 6144, "alphabet": "ACGTN"},       facts for the pipeline: text or
//    numbers "constants": ["att.scale"],                             one-element tensors read by
//    name "functions": {"forward": {
//      "inputs": [{"name": "bases", "dtype": "u8", "shape": [6144]}],
//      "outputs": ["logits"],
//      "steps": [
//        {"op": "one_hot", "in": "bases", "out": "x", "classes": 5},
//        {"repeat": 3, "index": "i", "from": 0, "steps": [
//          {"op": "conv1d", "in": "x", "out": "x", "weights": "res.{i}.1", "dilation": [1, 3, 9]}]}
//      ]}}}
// `in` is one register or a list. An input's extent is a number or a name ("h"); one name means one
// number within a call. Inside a repeat, "{i}" in text is the index, and a list where a number is
// expected holds one number a turn. Registers are written before they are read; writing one again
// starts it afresh, with its own shape. Operations and their options: layers/layers.h.
//
// Limits: 16 functions, 4096 steps once repeats are unrolled, 8 inputs a step, repeats of 256
// turns, two deep. Errors: WeightsError naming the file, the function and the step.
// Threads: a plain function.

#include "attention/model/options.h"
#include "attention/tensor/dtype.h"

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace heddle::attention {

inline constexpr std::int64_t kMaxExtent = std::int64_t{1} << 24;  // of one axis of an input

using Extent = std::variant<std::int64_t, std::string>;

struct InputSpec {
  std::string name;
  std::vector<DType> dtypes;  // those it may have
  std::vector<Extent> shape;
};

struct Step {
  std::string where;  // "function 'forward', step 12 (conv1d)"
  std::string op;
  std::vector<std::string> inputs;
  std::string output;
  Options options;
  int turn = -1;  // which turn of an outermost repeat it is in, counted over the function; -1: none
};

struct FunctionSpec {
  std::vector<InputSpec> inputs;
  std::vector<std::string> outputs;
  std::vector<Step> steps;
};

struct ModelSpec {
  std::string name;
  std::string kind;  // "genes", "tracking" ...: which pipeline understands it, if one does
  std::map<std::string, std::string, std::less<>> fields;
  std::vector<std::string> constants;
  std::map<std::string, FunctionSpec, std::less<>> functions;
};

ModelSpec parse_model(const std::string& text, const std::string& file);

}  // namespace heddle::attention
