#include "tests/unit/attention/model/genes_memory_small.h"

#include "attention/weights/safetensors_writer.h"

#include <cmath>
#include <random>

namespace heddle::attention {
namespace {

constexpr const char* kProgram =
    R"json({"version": 1, "name": "genes-memory-small", "kind": "genes",
"fields": {"segment": 1536, "halo": 192, "patch": 6, "alphabet": "ACGTN", "genetic_code": 11},
"functions": {"forward": {
  "inputs": [{"name": "bases", "dtype": "u8", "shape": [1536]}],
  "outputs": ["logits"],
  "steps": [
    {"op": "one_hot", "in": "bases", "out": "x", "classes": 5},
    {"op": "conv1d", "in": "x", "out": "e", "weights": "stem", "activation": "gelu"},
    {"op": "patch", "in": "e", "out": "t", "weights": "down"},
    {"repeat": 2, "index": "i", "steps": [
      {"op": "rms_norm", "in": "t", "out": "n", "weights": "blk.{i}.n1", "eps": 1e-6},
      {"op": "linear", "in": "n", "out": "qkv", "weights": "blk.{i}.qkv", "bias": false},
      {"op": "memory_attention", "in": "qkv", "out": "a", "heads": 2, "dim": 16,
       "pattern": "window(64)", "block": 16, "sink_blocks": 1, "ring_blocks": 20,
       "long_blocks": 32, "top_k": 2, "theta": 10000},
      {"op": "linear", "in": "a", "out": "t", "weights": "blk.{i}.o", "bias": false,
       "accumulate": true},
      {"op": "rms_norm", "in": "t", "out": "n", "weights": "blk.{i}.n2", "eps": 1e-6},
      {"op": "linear", "in": "n", "out": "h", "weights": "blk.{i}.w1", "bias": false},
      {"op": "swiglu", "in": "h", "out": "s"},
      {"op": "linear", "in": "s", "out": "t", "weights": "blk.{i}.w2", "bias": false,
       "accumulate": true}]},
    {"op": "unpatch", "in": "t", "out": "u", "weights": "up", "size": 6},
    {"op": "concat", "in": ["u", "e"], "out": "x"},
    {"op": "conv1d", "in": "x", "out": "logits", "weights": "head"}]}}})json";

/// Tensors of f16 from one stream of random bits; uniform by our own arithmetic, because the
/// standard's distributions differ between libraries.
class Random {
 public:
  /// Uniform within +-sqrt(3 / fan_in), so that a product keeps its input's variance.
  void weight(const std::string& name, std::initializer_list<std::int64_t> shape) {
    std::int64_t fan_in = 1;
    for (const std::int64_t extent : shape) fan_in *= extent;
    fan_in /= *shape.begin();
    fill(name, shape, std::sqrt(3.0 / static_cast<double>(fan_in)), 0);
  }
  void bias(const std::string& name, std::int64_t size) { fill(name, {size}, 0.1, 0); }
  void gain(const std::string& name, std::int64_t size) { fill(name, {size}, 0.1, 1); }

  std::map<std::string, TensorView> views() const {
    std::map<std::string, TensorView> views;
    for (const auto& [name, tensor] : tensors_) views.emplace(name, tensor.view());
    return views;
  }

 private:
  void fill(const std::string& name,
            std::initializer_list<std::int64_t> shape,
            double radius,
            double middle) {
    Tensor tensor(DType::kF16, shape);
    for (std::int64_t i = 0; i < tensor.view().size(); ++i) {
      const double unit = static_cast<double>(random_() >> 11) * 0x1p-53;  // [0, 1)
      tensor.view().as<Half>()[i] = half_from(static_cast<float>(middle + radius * (2 * unit - 1)));
    }
    tensors_.emplace(name, std::move(tensor));
  }

  std::mt19937_64 random_{20260101};
  std::map<std::string, Tensor> tensors_;
};

}  // namespace

std::string genes_memory_small_bytes() {
  Random random;
  random.weight("stem.weight", {16, 5, 9});
  random.bias("stem.bias", 16);
  random.weight("down.weight", {32, 16, 6});
  random.bias("down.bias", 32);
  for (const std::string layer : {"blk.0.", "blk.1."}) {
    random.gain(layer + "n1.weight", 32);
    random.weight(layer + "qkv.weight", {96, 32});
    random.weight(layer + "o.weight", {32, 32});
    random.gain(layer + "n2.weight", 32);
    random.weight(layer + "w1.weight", {128, 32});
    random.weight(layer + "w2.weight", {32, 64});
  }
  random.weight("up.weight", {96, 32});
  random.bias("up.bias", 96);
  random.weight("head.weight", {8, 32, 7});
  random.bias("head.bias", 8);
  return weights_bytes(random.views(), {{"heddle.model", kProgram}});
}

}  // namespace heddle::attention
