#pragma once
// `heddle bench language`: a small model of the bytes of a text, trained by attention/train through
// rolling memory, three times from the same values on the same segments: memory off (written but
// not read: each segment is alone), recent (the ring), and long-term (behind it blocks that each
// query finds by their summaries). Then the bits a byte of text that was held back, by how much of
// its document stands before the byte: what memory buys, whatever that is.
//
// The model: bytes as vectors; layers of rms_norm, memory_attention, rms_norm, swiglu; 255 logits.
// Threads: one caller; uses the calling arena's. The same settings and text give the same bits for
// any number of them.

#include "attention/bench/text_streams.h"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace heddle::attention::bench {

struct LanguageSettings {
  TextSettings text;
  std::int64_t steps = 600;
  std::int64_t rows = 4;  // streams a step
  int segments = 2;       // that learn from one another
  double learning_rate = 3e-3;
  int channels = 128;
  int heads = 4;
  int layers = 2;
  std::int64_t block = 32;         // positions of memory
  std::int64_t ring = 512;         // positions
  std::int64_t long_term = 16384;  // positions
  int top_k = 8;                   // blocks of them that a query reads
  std::uint64_t seed = 1;
};

enum class LanguageMemory : std::uint8_t { kOff, kRecent, kLongTerm };
inline constexpr std::array<LanguageMemory, 3> kLanguageMemories = {
    LanguageMemory::kOff, LanguageMemory::kRecent, LanguageMemory::kLongTerm};
const char* name_of(LanguageMemory memory);

/// Of held back bytes with so many bytes of their document before them.
struct ContextBits {
  std::int64_t from = 0, to = 0;  // bytes before; `to` is not among them
  std::int64_t bytes = 0;         // that were asked
  double bits = 0;                // a byte
};

struct LanguageResult {
  LanguageMemory memory = LanguageMemory::kOff;
  std::vector<ContextBits> by_context;
  double bits = 0;           // a byte, of all that is held back
  double training_bits = 0;  // of the last tenth of the steps
  double training_seconds = 0;
  double bytes_per_second = 0;   // of training
  std::size_t memory_bytes = 0;  // a stream's memory, all layers
  std::int64_t parameters = 0;
};

/// Trains and judges one. `told`, where there is one, hears each step's number and its bits a
/// byte.
LanguageResult measure_language(const TextStreams& text,
                                const LanguageSettings& settings,
                                LanguageMemory memory,
                                const std::function<void(std::int64_t, double)>& told = {});

}  // namespace heddle::attention::bench
