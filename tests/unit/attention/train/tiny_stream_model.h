#pragma once
// A model of text over rolling memory, small enough to train in a test: two layers, ring and a
// long-term tier, 6 letters. Its streams follow a planted rule that only memory can learn: in each
// document, a letter that its first segment alone shows comes back in the others.

#include "attention/model/parameters.h"
#include "attention/train/fresh_values.h"
#include "attention/train/seeds.h"
#include "attention/train/stream_source.h"

#include <string>

namespace heddle::attention::train {

inline constexpr std::int64_t kLetters = 6;
inline constexpr std::int64_t kSegmentRows = 16;

inline Parameters tiny_stream_model(
    const std::string& tiers = R"(, "long_blocks": 4, "top_k": 2)") {
  const std::string program =
      R"json({"version": 1, "name": "stream-tiny-test", "kind": "genes",
  "functions": {"forward": {
    "inputs": [{"name": "letters", "dtype": "u8", "shape": ["rows"]}],
    "outputs": ["logits"],
    "steps": [
      {"op": "one_hot_conv1d", "in": "letters", "out": "t", "weights": "emb"},
      {"repeat": 2, "index": "i", "steps": [
        {"op": "rms_norm", "in": "t", "out": "n", "weights": "n1.{i}", "eps": 1e-6},
        {"op": "linear", "in": "n", "out": "qkv", "weights": "qkv.{i}", "bias": false},
        {"op": "memory_attention", "in": "qkv", "out": "a", "heads": 2, "dim": 8,
         "pattern": "dense(causal)", "block": 8, "sink_blocks": 1, "ring_blocks": 3,
         "theta": 100)json" +
      tiers + R"json(},
        {"op": "linear", "in": "a", "out": "t", "weights": "o.{i}", "bias": false, "accumulate": true},
        {"op": "linear", "in": "t", "out": "h", "weights": "w1.{i}", "bias": false},
        {"op": "swiglu", "in": "h", "out": "s"},
        {"op": "linear", "in": "s", "out": "t", "weights": "w2.{i}", "bias": false, "accumulate": true}]},
      {"op": "linear", "in": "t", "out": "logits", "weights": "head"}
    ]}}})json";
  std::vector<ParameterShape> shapes = {{"emb.weight", {16, kLetters, 1}},
                                        {"emb.bias", {16}},
                                        {"head.weight", {kLetters, 16}},
                                        {"head.bias", {kLetters}}};
  for (const std::string layer : {"0", "1"}) {
    shapes.push_back({"n1." + layer + ".weight", {16}});
    shapes.push_back({"qkv." + layer + ".weight", {48, 16}});
    shapes.push_back({"o." + layer + ".weight", {16, 16}});
    shapes.push_back({"w1." + layer + ".weight", {32, 16}});
    shapes.push_back({"w2." + layer + ".weight", {16, 16}});
    if (tiers.find("compression_weights") != std::string::npos) {
      const bool pools = tiers.find("pool") != std::string::npos;
      shapes.push_back(
          {"fold." + layer + ".keys",
           pools ? std::vector<std::int64_t>{2, 8} : std::vector<std::int64_t>{2, 8, 4, 8}});
      if (!pools) shapes.push_back({"fold." + layer + ".values", {2, 8, 4, 8}});
    }
  }
  Parameters parameters(shapes, {{"heddle.model", program}});
  set_fresh_values(parameters, 11);
  return parameters;
}

/// Documents of three segments, the last one cut short.
class MadeStreams : public StreamSource {
 public:
  static constexpr std::int64_t kSegments = 3;

  int columns() const override { return 1; }
  StreamSegment fill(const SegmentKey& key, const Batch& batch) const override {
    return write(seed_of({key.seed,
                          static_cast<std::uint64_t>(key.row),
                          static_cast<std::uint64_t>(key.number / kSegments)}),
                 key.number % kSegments,
                 batch);
  }
  std::int64_t validation_documents() const override { return 2; }
  std::int64_t validation_segments(std::int64_t /*document*/) const override { return kSegments; }
  StreamSegment fill_validation(std::int64_t document,
                                std::int64_t segment,
                                const Batch& batch) const override {
    return write(seed_of({777, static_cast<std::uint64_t>(document)}), segment, batch);
  }

 private:
  static StreamSegment write(std::uint64_t document, std::int64_t segment, const Batch& batch) {
    auto* letters = batch.inputs.at("letters").as<std::uint8_t>();
    auto* labels = batch.labels.as<std::uint8_t>();
    const auto secret = static_cast<std::uint8_t>(2 + document % 4);
    const std::int64_t rows = segment + 1 == kSegments ? kSegmentRows - 5 : kSegmentRows;
    const auto letter = [&](std::int64_t at) -> std::uint8_t {
      if (at % 4 == 3) return secret;
      return static_cast<std::uint8_t>(seed_of({document, static_cast<std::uint64_t>(at)}) % 2);
    };
    for (std::int64_t i = 0; i < kSegmentRows; ++i) {
      const std::int64_t at = segment * kSegmentRows + i;
      const bool there = i < rows;
      // Only the first segment shows the letter; later ones are asked for it.
      const bool shown = segment == 0 || at % 4 != 3;
      letters[i] = there && shown ? letter(at) : std::uint8_t{0};
      labels[i] = there ? letter(at + 1) : kIgnored;
    }
    return {.begins = segment == 0, .core_begin = 0, .core_end = rows};
  }
};

}  // namespace heddle::attention::train
