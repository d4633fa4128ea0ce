#include "attention/bench/language.h"

#include "attention/backend/backend.h"
#include "attention/bench/peak.h"
#include "attention/bench/short_training.h"
#include "attention/train/fresh_values.h"
#include "attention/train/stream_objective.h"
#include "attention/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::attention::bench {
namespace {

constexpr int kClasses = 255;  // no byte of 255
const double kBitsANat = 1 / std::log(2.0);

std::string tiers_of(const LanguageSettings& settings, LanguageMemory memory) {
  const std::int64_t ring = settings.ring / settings.block + 1;  // and a torn block
  std::string tiers = R"("block": )" + std::to_string(settings.block) + R"(, "sink_blocks": 1)" +
                      R"(, "ring_blocks": )" + std::to_string(ring);
  if (memory != LanguageMemory::kLongTerm) return tiers;
  return tiers + R"(, "long_blocks": )" + std::to_string(settings.long_term / settings.block) +
         R"(, "top_k": )" + std::to_string(settings.top_k);
}

std::string program_of(const LanguageSettings& settings, LanguageMemory memory) {
  const std::string heads = std::to_string(settings.heads);
  const std::string dim = std::to_string(settings.channels / settings.heads);
  return R"json({"version": 1, "name": "language", "kind": "language", "functions": {"forward": {
    "inputs": [{"name": "bytes", "dtype": "u8", "shape": ["rows"]}],
    "outputs": ["logits"],
    "steps": [
      {"op": "one_hot_conv1d", "in": "bytes", "out": "t", "weights": "emb"},
      {"repeat": )json" +
         std::to_string(settings.layers) + R"json(, "index": "i", "steps": [
        {"op": "rms_norm", "in": "t", "out": "n", "weights": "n1.{i}", "eps": 1e-6},
        {"op": "linear", "in": "n", "out": "qkv", "weights": "qkv.{i}", "bias": false},
        {"op": "memory_attention", "in": "qkv", "out": "a", "heads": )json" +
         heads + R"json(, "dim": )json" + dim +
         R"json(, "pattern": "dense(causal)", "theta": 10000, )json" + tiers_of(settings, memory) +
         R"json(},
        {"op": "linear", "in": "a", "out": "t", "weights": "o.{i}", "bias": false, "accumulate": true},
        {"op": "rms_norm", "in": "t", "out": "n", "weights": "n2.{i}", "eps": 1e-6},
        {"op": "linear", "in": "n", "out": "h", "weights": "w1.{i}", "bias": false},
        {"op": "swiglu", "in": "h", "out": "s"},
        {"op": "linear", "in": "s", "out": "t", "weights": "w2.{i}", "bias": false, "accumulate": true}]},
      {"op": "rms_norm", "in": "t", "out": "n", "weights": "n3", "eps": 1e-6},
      {"op": "linear", "in": "n", "out": "logits", "weights": "head"}
    ]}}})json";
}

Parameters parameters_of(const LanguageSettings& settings, LanguageMemory memory) {
  const std::int64_t d = settings.channels;
  std::vector<ParameterShape> shapes = {{"emb.weight", {d, kClasses, 1}},
                                        {"emb.bias", {d}},
                                        {"n3.weight", {d}},
                                        {"head.weight", {kClasses, d}},
                                        {"head.bias", {kClasses}}};
  add_blocks(settings.layers, d, shapes);
  Parameters parameters(shapes, {{"heddle.model", program_of(settings, memory)}});
  train::set_fresh_values(parameters, settings.seed);
  // A byte's vector is a row of the kernel, not a sum over all: fresh values are for sums.
  const TensorView rows = parameters.at("emb.weight");
  for (std::int64_t i = 0; i < rows.size(); ++i) rows.as<float>()[i] *= std::sqrt(float{kClasses});
  return parameters;
}

/// Sums of bits by how much of the document stands before a byte: below 256, 1024, 4096, ...
class BitsByContext {
 public:
  explicit BitsByContext(std::int64_t first) {
    constexpr int kRanges = 5;
    for (std::int64_t to = first, from = 0; made_.size() < kRanges; from = to, to *= 4) {
      made_.push_back({.from = from, .to = to});
    }
    made_.back().to = std::int64_t{1} << 62;
  }
  void add(std::int64_t before, double bits) {
    for (ContextBits& range : made_) {
      if (before >= range.to) continue;
      ++range.bytes;
      range.bits += bits;
      return;
    }
  }
  void finish(LanguageResult& result) {
    std::int64_t bytes = 0;
    for (ContextBits& range : made_) {
      result.bits += range.bits;
      bytes += range.bytes;
      if (range.bytes > 0) range.bits /= static_cast<double>(range.bytes);
    }
    result.bits /= static_cast<double>(bytes);
    result.by_context = std::move(made_);
  }

 private:
  std::vector<ContextBits> made_;
};

double bits_of(const float* logits, int label) {
  const double largest = *std::max_element(logits, logits + kClasses);
  double sum = 0;
  for (int c = 0; c < kClasses; ++c) sum += std::exp(logits[c] - largest);
  return (largest + std::log(sum) - logits[label]) * kBitsANat;
}

/// Streams what is held back, each document from an empty memory.
void judge(const TextStreams& text,
           const Parameters& parameters,
           const LanguageSettings& settings,
           LanguageResult& result) {
  const TrainingFunction function(
      model_spec(parameters, "language"), "forward", parameters, backend("cpu"));
  TrainingWorkspace work = function.make_workspace({shape_of(DType::kU8, {settings.text.segment})});
  TrainingMemory memory = function.make_memory(1);
  Tensor labels(DType::kU8, {settings.text.segment, 1});
  const train::Batch batch{{{"bytes", work.input("bytes")}}, labels.view()};
  BitsByContext bits(settings.text.segment);
  for (std::int64_t document = 0; document < text.validation_documents(); ++document) {
    memory.reset();
    for (std::int64_t s = 0; s < text.validation_segments(document); ++s) {
      const train::StreamSegment at = text.fill_validation(document, s, batch);
      function.forward(parameters,
                       work,
                       &memory,
                       {.first = memory.length(),
                        .core_begin = at.core_begin,
                        .core_end = at.core_end,
                        .read_past = result.memory != LanguageMemory::kOff});
      memory.cut();
      const auto* logits = work.output("logits").as<float>();
      for (std::int64_t row = 0; row < settings.text.segment; ++row) {
        const int label = labels.view().as<std::uint8_t>()[row];
        if (label == train::kIgnored) continue;
        bits.add(s * settings.text.segment + row + 1, bits_of(logits + row * kClasses, label));
      }
    }
  }
  bits.finish(result);
}

void require_sound(const LanguageSettings& settings) {
  const std::int64_t block = settings.block;
  const bool whole = block > 0 && settings.text.segment % block == 0 &&
                     settings.ring % block == 0 && settings.ring >= settings.text.segment &&
                     settings.long_term % block == 0;
  if (whole && settings.heads > 0 && settings.channels % settings.heads == 0) return;
  throw std::invalid_argument(
      "language: segment, ring and long-term memory are whole blocks, and heads share the "
      "channels");
}

}  // namespace

const char* name_of(LanguageMemory memory) {
  if (memory == LanguageMemory::kOff) return "off";
  return memory == LanguageMemory::kRecent ? "recent" : "long-term";
}

LanguageResult measure_language(const TextStreams& text,
                                const LanguageSettings& settings,
                                LanguageMemory memory,
                                const std::function<void(std::int64_t, double)>& told) {
  require_sound(settings);
  const Parameters parameters = parameters_of(settings, memory);
  const ModelSpec spec = model_spec(parameters, "language");
  train::StreamObjective objective(
      parameters.clone(),
      spec,
      text,
      one_loss("next byte", shape_of(DType::kU8, {settings.text.segment})),
      {.segments = settings.segments, .read_past = memory != LanguageMemory::kOff},
      backend("cpu"));
  train::Trainer trainer(objective, short_training(settings, settings.rows, 100));
  LanguageResult result{.memory = memory};
  result.parameters = objective.parameters().size();
  result.memory_bytes = objective.memory_bytes();
  const Stopwatch watch;
  std::int64_t last = 0;
  while (!trainer.finished()) {
    const train::StepReport report = trainer.step();
    const double bits = report.loss.total * kBitsANat;
    if (told) told(report.step, bits);
    if (report.step <= settings.steps - (settings.steps + 9) / 10) continue;
    result.training_bits += bits;
    ++last;
  }
  if (last > 0) result.training_bits /= static_cast<double>(last);
  result.training_seconds = watch.elapsed().wall;
  const auto read = static_cast<double>(trainer.steps_done() * settings.rows * settings.segments *
                                        settings.text.segment);
  result.bytes_per_second = read / result.training_seconds;
  judge(text, objective.with(trainer.average()), settings, result);
  return result;
}

}  // namespace heddle::attention::bench
