// Damaged files: each gives samples or an InputError, and comes to an end.

#include "io/gzip_input.h"
#include "io/peeked_input.h"
#include "tests/unit/io/scratch.h"

#include <gtest/gtest.h>

#include <random>

namespace heddle::io {
namespace {

const std::string kData = std::string(HEDDLE_TEST_DATA) + "/genome/";

std::string mutated(std::string bytes, std::mt19937& random) {
  const int changes = 1 + static_cast<int>(random() % 4);
  for (int i = 0; i < changes && !bytes.empty(); ++i) {
    const std::size_t at = random() % bytes.size();
    const std::size_t span = 1 + random() % 16;
    switch (random() % 6) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        break;
      case 2:
        bytes.erase(at, span);
        break;
      case 3:
        bytes.insert(at, bytes.substr(random() % bytes.size(), span));
        break;
      case 4:
        bytes.insert(at, span, "\n>@+\t\0\xff"[random() % 7]);
        break;
      default:
        bytes.resize(at);
        break;
    }
  }
  return bytes;
}

class Mutated : public ::testing::TestWithParam<std::string> {};

TEST_P(Mutated, FilesGiveSamplesOrAnInputError) {
  const ScratchFolder folder;
  const bool inflate_first = GetParam() == "reads.bam";
  const std::string stored = read_file(kData + GetParam());
  std::string text = stored;
  if (inflate_first) {
    // Half of the mutants are damaged behind the checksum, so that htslib's parser sees them.
    const auto whole = open_gzip(PeekedInput::open(kData + GetParam()));
    std::vector<std::uint8_t> buffer(1 << 16);
    text.clear();
    while (const std::size_t got = whole->read(buffer)) {
      text.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got));
    }
  }
  std::mt19937 random(20240229);
  int sound = 0, refused = 0;
  for (int i = 0; i < 500; ++i) {
    const bool inside = inflate_first && i % 2 == 0;
    const std::string bytes = inside ? bgzf(mutated(text, random), 4096) : mutated(stored, random);
    const std::string path = folder.write("x", bytes);
    std::size_t bases = 0;
    try {
      const auto source = open_source(path, {.threads = 1 + i % 2, .piece = 64});
      while (auto sample = source->next()) bases += std::get<Sequence>(*sample).bases.size();
      ++sound;
    } catch (const InputError&) {
      ++refused;
    }
    EXPECT_LT(bases, 10 * text.size()) << i;
  }
  EXPECT_GT(sound, 0);
  EXPECT_GT(refused, 50);
}

INSTANTIATE_TEST_SUITE_P(
    Formats,
    Mutated,
    ::testing::Values("reference.fa", "reads.fastq", "reads.sam", "reads.bam", "records.gbk"),
    [](const auto& test) { return test.param.substr(test.param.find('.') + 1); });

}  // namespace
}  // namespace heddle::io
