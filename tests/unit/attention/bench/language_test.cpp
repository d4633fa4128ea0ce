// The language bench, tiny.

#include "attention/bench/language.h"

#include "attention/train/seeds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <array>
#include <set>

namespace heddle::attention::bench {
namespace {

/// Words that all documents share: a segment that begins within one does not know which.
std::string document_of(std::uint64_t seed, std::size_t size) {
  constexpr std::array<std::string_view, 8> kWords = {
      "weaver ", "shuttle ", "warp ", "heddle ", "treadle ", "selvage ", "bobbin ", "cloth "};
  std::string text;
  for (std::uint64_t i = 0; text.size() < size; ++i) {
    text += kWords[train::seed_of({seed, i}) % kWords.size()];
  }
  return text.substr(0, size);
}

LanguageSettings tiny() {
  LanguageSettings settings;
  settings.text = {.segment = 8, .chapter = 512, .most_held = 2048};
  settings.steps = 300;
  settings.rows = 8;
  settings.segments = 2;
  settings.learning_rate = 0.01;
  settings.channels = 32;
  settings.heads = 2;
  settings.layers = 2;
  settings.block = 8;
  settings.ring = 64;
  settings.long_term = 256;
  settings.top_k = 4;
  return settings;
}

std::vector<std::string> documents(std::size_t count = 20) {
  std::vector<std::string> made;
  for (std::uint64_t i = 0; i < count; ++i) made.push_back(document_of(i + 1, 1024));
  return made;
}

TEST(BenchLanguage, InAToyOf8ByteSegmentsMemoryIsWorthBitsAndAllIsBelowTheFrequenciesOfBytes) {
  const LanguageSettings settings = tiny();
  const TextStreams text(documents(), settings.text);
  const LanguageResult off = measure_language(text, settings, LanguageMemory::kOff);
  const LanguageResult recent = measure_language(text, settings, LanguageMemory::kRecent);
  EXPECT_LT(off.bits, text.order_0_bits());
  EXPECT_LT(recent.bits, off.bits);
  // Off knows of the bytes before no more than its segment has.
  EXPECT_LT(recent.by_context.back().bits, off.by_context.back().bits);
}

TEST(BenchLanguage, GivesTheSameBitsWithAnyThreads) {
  LanguageSettings settings = tiny();
  settings.steps = 4;
  const TextStreams text(documents(), settings.text);
  std::vector<double> seen;
  for (const std::size_t threads : {1, 2}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    seen.push_back(measure_language(text, settings, LanguageMemory::kLongTerm).bits);
  }
  EXPECT_EQ(seen[0], seen[1]);
}

TEST(BenchLanguage, EveryHeldBackByteButTheFirstsIsAsked) {
  LanguageSettings settings = tiny();
  settings.steps = 1;
  const TextStreams text(documents(), settings.text);
  const LanguageResult made = measure_language(text, settings, LanguageMemory::kRecent);
  std::int64_t asked = 0;
  for (const ContextBits& range : made.by_context) asked += range.bytes;
  EXPECT_EQ(asked, text.held_bytes() - text.validation_documents());
}

TEST(BenchLanguage, MemoryOfBrokenBlocksIsRefused) {
  LanguageSettings settings = tiny();
  settings.ring = 60;
  const TextStreams text(documents(), settings.text);
  EXPECT_THROW(measure_language(text, settings, LanguageMemory::kOff), std::invalid_argument);
}

/// A segment as it would be learned from.
struct Read {
  train::StreamSegment at;
  std::string bytes;
  std::vector<int> labels;
};

template <class Fill>
Read read(std::int64_t rows, const Fill& fill) {
  Tensor bytes(DType::kU8, {rows}), labels(DType::kU8, {rows, 1});
  Read made{fill(train::Batch{{{"bytes", bytes.view()}}, labels.view()}), {}, {}};
  for (std::int64_t i = 0; i < rows; ++i) {
    made.bytes += static_cast<char>(bytes.view().as<std::uint8_t>()[i]);
    made.labels.push_back(labels.view().as<std::uint8_t>()[i]);
  }
  return made;
}

TEST(TextStreams, ARowReadsEveryChapterOnceAPassEachFromItsBeginning) {
  const TextSettings settings{.segment = 32, .chapter = 100, .most_held = 512};
  const TextStreams text(documents(12), settings);
  // Eleven documents of 1,024 bytes: ten chapters of 4 segments and one of one each.
  const std::int64_t segments = 11 * 41;
  std::string all;
  std::multiset<std::string> chapters;
  std::string chapter;
  for (std::int64_t number = 0; number < segments; ++number) {
    const Read one = read(settings.segment, [&](const train::Batch& batch) {
      return text.fill({7, 2, number}, batch);
    });
    EXPECT_TRUE(number > 0 || one.at.begins);
    if (one.at.begins && number > 0) chapters.insert(std::exchange(chapter, {}));
    chapter += one.bytes.substr(0, static_cast<std::size_t>(one.at.core_end));
  }
  chapters.insert(chapter);
  std::multiset<std::string> wanted;
  const std::vector<std::string> documents_there = documents(12);
  for (std::size_t i = 0; i < documents_there.size(); ++i) {
    if (i == 9) continue;  // every tenth is held back
    for (std::size_t at = 0; at < 1024; at += 100) {
      wanted.insert(documents_there[i].substr(at, 100));
    }
  }
  EXPECT_EQ(chapters, wanted);
}

TEST(TextStreams, TheLabelIsTheNextByteAcrossSegmentsAndNothingBehindTheLast) {
  const TextSettings settings{.segment = 32, .chapter = 100, .most_held = 512};
  const std::string document = document_of(3, 2000);
  const TextStreams text({document}, settings);
  const std::string held = document.substr(1800);
  for (const std::int64_t segment : {0, 6}) {
    const Read one = read(settings.segment, [&](const train::Batch& batch) {
      return text.fill_validation(0, segment, batch);
    });
    for (std::size_t i = 0; i < 32; ++i) {
      const std::size_t next = static_cast<std::size_t>(segment) * 32 + i + 1;
      const int wanted = next < held.size() ? static_cast<unsigned char>(held[next]) : 255;
      EXPECT_EQ(one.labels[i], wanted) << segment << ", " << i;
    }
    EXPECT_EQ(one.at.core_end, segment == 0 ? 32 : 8);
  }
}

TEST(TextStreams, EqualDocumentsCountOnce) {
  std::vector<std::string> twice = documents(5);
  for (const std::string& document : documents(5)) twice.push_back(document);
  const TextSettings settings{.segment = 32, .chapter = 100};
  EXPECT_EQ(TextStreams(twice, settings).training_bytes(),
            TextStreams(documents(5), settings).training_bytes());
}

TEST(TextStreams, ATextThatIsTooShortIsRefused) {
  EXPECT_THROW(TextStreams({"short"}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention::bench
