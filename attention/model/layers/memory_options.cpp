#include "attention/model/layers/memory_options.h"

#include "attention/memory/memory_tiers.h"

#include <initializer_list>
#include <stdexcept>
#include <utility>

namespace heddle::attention {
namespace {

constexpr std::size_t kMaxMemoryBytes = std::size_t{4} << 30;
constexpr std::size_t kMaxMappedBytes = std::size_t{256} << 30;

/// The value that an option's text names.
template <class T>
T named(Options& options,
        const char* option,
        const char* fallback,
        std::initializer_list<std::pair<const char*, T>> values) {
  const std::string text = options.text_or(option, fallback);
  std::string known;
  for (const auto& [name, value] : values) {
    if (text == name) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw std::invalid_argument("option '" + std::string(option) + "': expected one of " + known +
                              ", the file has '" + text + "'");
}

Tensor f32_copy(const TensorView& from) {
  Tensor made(DType::kF32, std::span(from.shape.data(), static_cast<std::size_t>(from.rank)));
  copy(from, made.view());
  return made;
}

void read_compressed(Step& step, LayerContext& context, MemoryOptions& made) {
  Options& options = step.options;
  CompressionSpec& spec = made.spec.compressed;
  spec.blocks = options.whole_or("compressed_blocks", 0, 0, 1 << 20);
  if (spec.blocks == 0) return;
  spec.ratio = static_cast<int>(options.whole_or("compression_ratio", 4, 1, 256));
  spec.kind = named<CompressionKind>(options,
                                     "compression",
                                     "mean",
                                     {{"mean", CompressionKind::kMean},
                                      {"conv", CompressionKind::kConv},
                                      {"pool", CompressionKind::kPool}});
  if (spec.kind == CompressionKind::kMean) return;
  const std::string weights = options.text("compression_weights");
  made.compression_keys = f32_copy(context.tensor(weights + ".keys"));
  spec.keys = made.compression_keys.view();
  if (spec.kind == CompressionKind::kPool) return;
  made.compression_values = f32_copy(context.tensor(weights + ".values"));
  spec.values = made.compression_values.view();
}

void read_external(Options& options, ExternalSpec& spec) {
  spec.blocks = options.whole_or("external_blocks", 0, 0, 1 << 30);
  if (spec.blocks == 0) return;
  spec.storage = named<ColdStorage>(options,
                                    "external_storage",
                                    "int8",
                                    {{"int8", ColdStorage::kInt8}, {"bf16", ColdStorage::kBF16}});
  spec.heap_blocks = options.whole_or("external_heap_blocks", 0, 0, 1 << 30);
  spec.eviction = named<Eviction>(
      options,
      "eviction",
      "lru",
      {{"fifo", Eviction::kFifo}, {"lru", Eviction::kLru}, {"mass", Eviction::kMass}});
}

void require_sizes(const MemorySpec& spec) {
  if (spec.bytes() > kMaxMemoryBytes) {
    throw std::invalid_argument("its memory would hold " + std::to_string(spec.bytes()) +
                                " bytes a stream, the limit is " + std::to_string(kMaxMemoryBytes));
  }
  if (spec.mapped_bytes() > kMaxMappedBytes) {
    throw std::invalid_argument("its memory would map a file of " +
                                std::to_string(spec.mapped_bytes()) +
                                " bytes a stream, the limit is " + std::to_string(kMaxMappedBytes));
  }
}

}  // namespace

MemoryOptions memory_options(Step& step,
                             LayerContext& context,
                             std::int64_t heads,
                             std::int64_t kv_heads) {
  Options& options = step.options;
  MemoryOptions made;
  MemorySpec& spec = made.spec;
  spec.kv_heads = static_cast<int>(kv_heads);
  spec.key_dim = static_cast<int>(options.whole("dim", 1, 1024));
  spec.value_dim = spec.key_dim;
  spec.storage = named<DType>(options,
                              "storage",
                              "f32",
                              {{"f32", DType::kF32}, {"bf16", DType::kBF16}, {"f16", DType::kF16}});
  spec.block = options.whole("block", 1, 4096);
  spec.sink_blocks = options.whole("sink_blocks", 0, 1 << 16);
  spec.ring_blocks = options.whole("ring_blocks", 1, 1 << 16);
  spec.long_blocks = options.whole_or("long_blocks", 0, 0, 1 << 20);
  spec.top_k = static_cast<int>(options.whole_or("top_k", 0, 0, 1 << 16));
  spec.rotary_theta = options.number_or("theta", 0);
  spec.summary = named<SummaryKind>(
      options,
      "summary",
      "mean",
      {{"mean", SummaryKind::kMean}, {"box", SummaryKind::kBox}, {"sketch", SummaryKind::kSketch}});
  read_compressed(step, context, made);
  read_external(options, spec.external);
  spec.memory_tokens = static_cast<int>(options.whole_or("memory_tokens", 0, 0, 64));
  spec.associative = options.flag_or("associative", false);
  if (spec.associative) made.gate = f32_copy(context.tensor(options.text("gate")));
  spec.budget = static_cast<std::size_t>(
      options.whole_or("budget", 0, 0, static_cast<std::int64_t>(kMaxMemoryBytes)));
  require_sizes(spec);
  require_fast_tier(spec, heads);
  return made;
}

}  // namespace heddle::attention
