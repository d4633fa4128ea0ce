#pragma once
// The architecture of genes-reference, small enough to train in a test: 4,000 parameters, windows
// of any multiple of 6 bases.

#include "attention/model/parameters.h"
#include "attention/train/fresh_values.h"
#include "attention/train/teacher.h"

#include <memory>
#include <string>

namespace heddle::attention::train {

inline constexpr char kTinyGeneProgram[] = R"json({
  "version": 1, "name": "genes-tiny-test", "kind": "genes",
  "fields": {"segment": 192, "halo": 24, "patch": 6, "alphabet": "ACGTN", "genetic_code": 11},
  "functions": {"forward": {
    "inputs": [{"name": "bases", "dtype": "u8", "shape": ["bases"]}],
    "outputs": ["logits"],
    "steps": [
      {"op": "one_hot_conv1d", "in": "bases", "out": "e", "weights": "emb"},
      {"op": "gelu", "in": "e", "out": "g"},
      {"op": "conv1d", "in": "g", "out": "e", "weights": "res", "dilation": 3, "accumulate": true},
      {"op": "gelu", "in": "e", "out": "g"},
      {"op": "patch", "in": "g", "out": "t", "weights": "down"},
      {"op": "rms_norm", "in": "t", "out": "n", "weights": "n1", "eps": 1e-6},
      {"op": "linear", "in": "n", "out": "qkv", "weights": "qkv", "bias": false},
      {"op": "rotary", "in": "qkv", "out": "qkv", "heads": 4, "dim": 8, "theta": 10000},
      {"op": "attention", "in": "qkv", "out": "a", "heads": 2, "pattern": "dense()"},
      {"op": "linear", "in": "a", "out": "t", "weights": "o", "bias": false, "accumulate": true},
      {"op": "rms_norm", "in": "t", "out": "n", "weights": "n2", "eps": 1e-6},
      {"op": "linear", "in": "n", "out": "h", "weights": "w1", "bias": false},
      {"op": "swiglu", "in": "h", "out": "s"},
      {"op": "linear", "in": "s", "out": "t", "weights": "w2", "bias": false, "accumulate": true},
      {"op": "unpatch", "in": "t", "out": "u", "weights": "up", "size": 6},
      {"op": "concat", "in": ["u", "e"], "out": "x"},
      {"op": "conv1d", "in": "x", "out": "logits", "weights": "head"}
    ]}}})json";

/// Another program over the same tensors: three attentions read one register, one of them turned.
inline std::string tiny_program_of_three_attentions() {
  std::string program = kTinyGeneProgram;
  const auto begin = program.find(R"({"op": "rotary")");
  const auto end = program.find(R"({"op": "linear", "in": "a")");
  return program.replace(begin, end - begin, R"json(
      {"op": "rotary", "in": "qkv", "out": "r", "heads": 4, "dim": 8, "theta": 10000},
      {"op": "attention", "in": "r", "out": "a", "heads": 2, "pattern": "dense()"},
      {"op": "attention", "in": "qkv", "out": "b", "heads": 2, "pattern": "dense()"},
      {"op": "attention", "in": "qkv", "out": "c", "heads": 2, "pattern": "window(3)"},
      {"op": "add", "in": ["a", "b"], "out": "a"},
      {"op": "add", "in": ["a", "c"], "out": "a"},
      )json");
}

inline Parameters tiny_gene_model(const std::string& program = kTinyGeneProgram) {
  const std::vector<ParameterShape> shapes = {{"emb.weight", {8, 5, 9}},
                                              {"emb.bias", {8}},
                                              {"res.weight", {8, 8, 5}},
                                              {"res.bias", {8}},
                                              {"down.weight", {16, 8, 6}},
                                              {"down.bias", {16}},
                                              {"n1.weight", {16}},
                                              {"qkv.weight", {48, 16}},
                                              {"o.weight", {16, 16}},
                                              {"n2.weight", {16}},
                                              {"w1.weight", {48, 16}},
                                              {"w2.weight", {16, 24}},
                                              {"up.weight", {48, 16}},
                                              {"up.bias", {48}},
                                              {"head.weight", {8, 16, 7}},
                                              {"head.bias", {8}}};
  Parameters parameters(shapes, {{"heddle.model", program}});
  set_fresh_values(parameters, 11);
  return parameters;
}

/// A teacher: another program, of other values.
inline std::shared_ptr<const FrozenModel> tiny_teacher() {
  Parameters parameters = tiny_gene_model(tiny_program_of_three_attentions());
  set_fresh_values(parameters, 12);
  ModelSpec spec = model_spec(parameters, "teacher");
  return std::make_shared<const FrozenModel>(FrozenModel{std::move(parameters), std::move(spec)});
}

}  // namespace heddle::attention::train
