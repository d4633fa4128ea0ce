#include "tests/unit/attention/memory/memory_case.h"

#include <gtest/gtest.h>

#include <sstream>

namespace heddle::attention {
namespace {

MemoryCase small_case() {
  return {.name = "snapshot",
          .spec = {.kv_heads = 1,
                   .key_dim = 4,
                   .value_dim = 2,
                   .storage = DType::kBF16,
                   .block = 8,
                   .sink_blocks = 1,
                   .ring_blocks = 5,
                   .long_blocks = 3,
                   .top_k = 1,
                   .rotary_theta = 100},
          .heads = 2,
          .near = "window(20,causal)",
          .length = 150};
}

class Snapshot : public testing::Test {
 protected:
  /// A memory stopped in the middle of a block, long after the ring wrapped.
  RollingMemory stopped() {
    RollingMemory memory(case_.spec);
    if (case_.spec.memory_tokens > 0) {
      memory.write_tokens(stream_.keys(5, 2), stream_.values(5, 2));
    }
    for (std::int64_t first = 0; first < 99; first += 11) {
      feed(memory, stream_, how_, {first, first + 11}, answer_);
    }
    return memory;
  }
  std::string saved() {
    std::ostringstream bytes;
    stopped().save(bytes);
    return bytes.str();
  }
  void expect_refused(const std::string& bytes) {
    RollingMemory memory(case_.spec);
    memory.append(stream_.keys(0, 3), stream_.values(0, 3));
    std::istringstream from(bytes);
    EXPECT_THROW(memory.restore(from), std::runtime_error);
    EXPECT_EQ(memory.length(), 3) << "a refused snapshot must leave the memory as it was";
  }

  MemoryCase case_ = small_case();
  Stream stream_{case_, 21};
  Pattern near_ = parse_pattern(case_.near);
  Feed how_{&backend(), &near_};
  Answer answer_{case_, case_.length};
};

TEST_F(Snapshot, ARestoredStreamGoesOnBitForBit) {
  const Answer expected = run_in_chunks(case_, stream_, how_, 11);
  std::stringstream bytes(saved());
  bytes.seekp(0, std::ios::end);
  bytes << "what follows in the checkpoint";
  RollingMemory other(case_.spec);
  other.append(stream_.keys(0, 50), stream_.values(0, 50));  // to be forgotten
  other.restore(bytes);
  EXPECT_EQ(other.length(), 99);
  feed(other, stream_, how_, {99, 110}, answer_);
  feed(other, stream_, how_, {110, 130}, answer_);
  feed(other, stream_, how_, {130, 150}, answer_);
  EXPECT_TRUE(same_bits(answer_.out.view(), expected.out.view()));
  std::string rest;
  std::getline(bytes, rest);
  EXPECT_EQ(rest, "what follows in the checkpoint");
}

TEST_F(Snapshot, ARestoredStreamWithEveryTierGoesOnBitForBit) {
  case_.spec.storage = DType::kF32;
  case_.spec.summary = SummaryKind::kSketch;
  case_.spec.compressed = {.blocks = 2, .ratio = 4};
  case_.spec.external = {.blocks = 6, .heap_blocks = 4};
  case_.spec.memory_tokens = 2;
  case_.spec.associative = true;
  RollingMemory whole = stopped();
  const Answer expected(case_, case_.length);
  feed(whole, stream_, how_, {99, 120}, expected);
  feed(whole, stream_, how_, {120, 150}, expected);
  std::stringstream bytes(saved());
  RollingMemory other(case_.spec);
  other.append(stream_.keys(0, 150), stream_.values(0, 150));  // to be forgotten
  other.restore(bytes);
  feed(other, stream_, how_, {99, 110}, answer_);
  feed(other, stream_, how_, {110, 130}, answer_);
  feed(other, stream_, how_, {130, 150}, answer_);
  const Tensor recalled(DType::kF32, {2, 150, 2});
  const Tensor wanted(DType::kF32, {2, 150, 2});
  other.read_associations(stream_.queries(0, 150), recalled.view());
  whole.read_associations(stream_.queries(0, 150), wanted.view());
  EXPECT_TRUE(same_bits(recalled.view(), wanted.view()));
  for (int head = 0; head < 2; ++head) {
    EXPECT_TRUE(same_bits(answer_.out.view().at(0, head).slice(0, 99, 51),
                          expected.out.view().at(0, head).slice(0, 99, 51)));
  }
}

TEST_F(Snapshot, EveryTruncationIsRefused) {
  const std::string bytes = saved();
  for (std::size_t size = 0; size < bytes.size(); size += size < 200 ? 1 : 37) {
    expect_refused(bytes.substr(0, size));
  }
  expect_refused(bytes.substr(0, bytes.size() - 1));
}

TEST_F(Snapshot, EveryFlippedBitIsRefused) {
  const std::string bytes = saved();
  for (std::size_t i = 0; i < bytes.size(); i += i < 200 ? 1 : 29) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << i % 8));
    expect_refused(flipped);
  }
}

TEST_F(Snapshot, OfAnotherSpecIsRefusedByTheNameOfTheField) {
  const std::string bytes = saved();
  case_.spec.ring_blocks = 6;
  RollingMemory memory(case_.spec);
  std::istringstream from(bytes);
  try {
    memory.restore(from);
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "memory snapshot: its ring_blocks is 5, this memory's is 6; restore with the model "
              "that saved it");
  }
}

TEST_F(Snapshot, AStreamThatRefusesBytesIsAnError) {
  std::ostringstream full;
  full.setstate(std::ios::badbit);
  EXPECT_THROW(stopped().save(full), std::runtime_error);
}

TEST_F(Snapshot, HasTheSameSizeAtEveryLength) {
  std::ostringstream empty;
  RollingMemory(case_.spec).save(empty);
  EXPECT_EQ(empty.str().size(), saved().size());
  EXPECT_GE(saved().size(), case_.spec.bytes());
}

}  // namespace
}  // namespace heddle::attention
