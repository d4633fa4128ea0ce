#include "tests/unit/attention/model/learner.h"

#include <cmath>
#include <random>

namespace heddle::attention {
namespace {

constexpr const char* kProgram =
    R"steps({"version": 1, "name": "every", "kind": "genes", "functions": {
 "sequence": {"inputs": [{"name": "bases", "dtype": "u8", "shape": ["length"]}],
  "outputs": ["logits", "sums"], "steps": [
  {"op": "one_hot_conv1d", "in": "bases", "out": "e", "weights": "emb"},
  {"repeat": 2, "index": "i", "steps": [
   {"op": "gelu", "in": "e", "out": "g"},
   {"op": "conv1d", "in": "g", "out": "r", "weights": "res.{i}.a", "dilation": [1, 2], "activation": "gelu"},
   {"op": "conv1d", "in": "r", "out": "e", "weights": "res.{i}.b", "accumulate": true}]},
  {"op": "one_hot", "in": "bases", "out": "h", "classes": 5},
  {"op": "concat", "in": ["e", "h", "e"], "out": "g"},
  {"op": "gelu", "in": "g", "out": "g"},
  {"op": "patch", "in": "g", "out": "t", "weights": "down"},
  {"repeat": 2, "index": "i", "steps": [
   {"op": "rms_norm", "in": "t", "out": "n", "weights": "blk.{i}.n1", "eps": 1e-6},
   {"op": "linear", "in": "n", "out": "qkv", "weights": "blk.{i}.qkv", "bias": false},
   {"op": "rotary", "in": "qkv", "out": "qkv", "heads": 3, "dim": 4, "theta": 100},
   {"op": "attention", "in": "qkv", "out": "a", "heads": 2, "kv_heads": 1, "pattern": "window(3) | global(0:1)"},
   {"op": "linear", "in": "a", "out": "t", "weights": "blk.{i}.o", "bias": false, "accumulate": true},
   {"op": "layer_norm", "in": "t", "out": "n", "weights": "blk.{i}.n2", "eps": 1e-5},
   {"op": "linear", "in": "n", "out": "h", "weights": "blk.{i}.w1"},
   {"op": "swiglu", "in": "h", "out": "s"},
   {"op": "linear", "in": "s", "out": "t", "weights": "blk.{i}.w2", "accumulate": true}]},
  {"op": "linear", "in": "t", "out": "qkv", "weights": "sel.qkv", "bias": false},
  {"op": "selected_attention", "in": "qkv", "out": "a", "heads": 2, "kv_heads": 1, "selector": "top_k(3)",
   "always": "window(1)"},
  {"op": "add", "in": ["t", "a"], "out": "t"},
  {"op": "attention", "in": "qkv", "out": "a", "heads": 2, "kv_heads": 1, "pattern": "dense()",
   "normaliser": "entmax15"},
  {"op": "add", "in": ["a", "a"], "out": "a"},
  {"op": "channels", "in": "a", "out": "sums", "first": 2, "count": 3},
  {"op": "scale_shift", "in": "sums", "out": "sums", "shift": 0.5, "scale": -1.5},
  {"op": "unpatch", "in": "t", "out": "u", "weights": "up", "size": 3},
  {"op": "concat", "in": ["u", "e"], "out": "x"},
  {"op": "conv1d", "in": "x", "out": "x", "weights": "head.0", "activation": "relu"},
  {"op": "conv1d", "in": "x", "out": "logits", "weights": "head.1"},
  {"op": "log_softmax", "in": "logits", "out": "logits", "groups": 2}]},
 "image": {"inputs": [{"name": "image", "dtype": "f32", "shape": ["h", "w", 3]}],
  "outputs": ["emb", "box"], "steps": [
  {"op": "scale_shift", "in": "image", "out": "x", "shift": -0.25, "scale": 2},
  {"op": "conv2d", "in": "x", "out": "x", "weights": "enc.0", "stride": 2, "activation": "relu"},
  {"op": "conv2d", "in": "x", "out": "r", "weights": "enc.1", "activation": "gelu"},
  {"op": "conv2d", "in": "r", "out": "x", "weights": "enc.2", "accumulate": true},
  {"op": "relu", "in": "x", "out": "x"},
  {"op": "conv2d", "in": "x", "out": "o", "weights": "enc.3"},
  {"op": "flatten", "in": "o", "out": "emb"},
  {"op": "l2_normalize", "in": "emb", "out": "emb", "eps": 1e-12},
  {"op": "channels", "in": "o", "out": "box", "first": 1, "count": 1},
  {"op": "flatten", "in": "box", "out": "box", "drop": "channels"},
  {"op": "exp_clamp", "in": "box", "out": "box", "limit": 4, "scale": 3}]}}})steps";

std::vector<ParameterShape> shapes() {
  std::vector<ParameterShape> all = {{"emb.weight", {6, 5, 5}},
                                     {"emb.bias", {6}},
                                     {"down.weight", {8, 17, 3}},
                                     {"down.bias", {8}},
                                     {"sel.qkv.weight", {16, 8}},
                                     {"up.weight", {12, 8}},
                                     {"up.bias", {12}},
                                     {"head.0.weight", {7, 10, 3}},
                                     {"head.0.bias", {7}},
                                     {"head.1.weight", {4, 7, 1}},
                                     {"head.1.bias", {4}},
                                     {"enc.0.weight", {5, 3, 3, 3}},
                                     {"enc.0.bias", {5}},
                                     {"enc.1.weight", {4, 5, 3, 3}},
                                     {"enc.1.bias", {4}},
                                     {"enc.2.weight", {5, 4, 3, 3}},
                                     {"enc.2.bias", {5}},
                                     {"enc.3.weight", {3, 5, 1, 1}},
                                     {"enc.3.bias", {3}}};
  for (const std::string i : {"0", "1"}) {
    const std::string res = "res." + i;
    const std::string block = "blk." + i;
    for (const ParameterShape& shape : std::vector<ParameterShape>{{res + ".a.weight", {6, 6, 3}},
                                                                   {res + ".a.bias", {6}},
                                                                   {res + ".b.weight", {6, 6, 1}},
                                                                   {res + ".b.bias", {6}},
                                                                   {block + ".n1.weight", {8}},
                                                                   {block + ".qkv.weight", {16, 8}},
                                                                   {block + ".o.weight", {8, 8}},
                                                                   {block + ".n2.weight", {8}},
                                                                   {block + ".n2.bias", {8}},
                                                                   {block + ".w1.weight", {12, 8}},
                                                                   {block + ".w1.bias", {12}},
                                                                   {block + ".w2.weight", {8, 6}},
                                                                   {block + ".w2.bias", {8}}}) {
      all.push_back(shape);
    }
  }
  return all;
}

Shape input_shape(const std::string& function) {
  if (function == "image") return shape_of(DType::kF32, {4, 6, 3});
  return shape_of(DType::kU8, {24});
}

}  // namespace

std::string every_operation_program() { return kProgram; }

Parameters every_operation_parameters(unsigned seed) {
  const std::vector<ParameterShape> all = shapes();
  Parameters parameters(all, {{"heddle.model", kProgram}});
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  for (std::size_t i = 0; i < parameters.count(); ++i) {
    const ParameterInfo& info = parameters.info(i);
    const bool gain = info.name.find(".n") != std::string::npos && info.name.ends_with("weight");
    const auto fan_in = static_cast<float>(info.size / info.shape[0]);
    for (std::int64_t e = 0; e < info.size; ++e) {
      parameters.at(i).as<float>()[e] =
          gain ? 1 + 0.2f * normal(generator) : normal(generator) / std::sqrt(fan_in + 1);
    }
  }
  return parameters;
}

void fill_randomly(const TensorView& view, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  for (std::int64_t i = 0; i < view.size(); ++i) {
    if (view.dtype == DType::kU8) {
      view.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(generator() % 5);
    } else {
      view.as<float>()[i] = normal(generator);
    }
  }
}

Learner::Learner(const std::string& name,
                 const Backend& backend,
                 const TrainingOptions& options,
                 Parameters with)
    : parameters(std::move(with)),
      function(model_spec(parameters, "test"), name, parameters, backend),
      work(function.make_workspace({input_shape(name)}, options)),
      outputs(name == "image" ? std::vector<std::string>{"emb", "box"}
                              : std::vector<std::string>{"logits", "sums"}) {
  fill_randomly(work.input(name == "image" ? "image" : "bases"), 7);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    fill_randomly(work.output_gradient(outputs[i]), 8 + static_cast<unsigned>(i));
  }
}

double Learner::loss() {
  function.forward(parameters, work);
  double sum = 0;
  for (const std::string& name : outputs) {
    const TensorView& output = work.output(name);
    const TensorView& seed = work.output_gradient(name);
    for (std::int64_t i = 0; i < output.size(); ++i) {
      sum += double{output.as<float>()[i]} * seed.as<float>()[i];
    }
  }
  return sum;
}

void Learner::learn(Gradients& gradients) {
  function.forward(parameters, work);
  function.backward(parameters, work, gradients);
}

}  // namespace heddle::attention
