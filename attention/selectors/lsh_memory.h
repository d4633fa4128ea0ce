#pragma once
// Locality-sensitive hashing over a stream of tokens: which of the tokens seen so far have the same
// key as this one, the latest first, at any distance, in bounded memory.
//
// A token is its key, 32 bits that a projection made of it so that like tokens get the same key
// (bit sampling, a random projection; several rounds are several memories). The memory rolls: it
// holds the latest `capacity` tokens. Keys are compared whole, so buckets, their number and their
// growth never change an answer, but for `most_steps`, which bounds the work of one recall.
//
// Bytes: 8 a token held, 4 to 8 a bucket, buckets doubling with the tokens up to the capacity:
// at most 16 * capacity rounded up to a power of two. Threads: one
// caller at a time.
// Sources: Indyk and Motwani 1998 (bit sampling); Kitaev et al. 2020 (buckets instead of scores).

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace heddle::attention {

struct LshMemorySpec {
  std::int64_t capacity = 1 << 20;  // tokens held, 1 to 2^31
  int top_k = 32;                   // tokens one recall gives, at most
  int most_steps = 256;             // tokens one recall looks at, at most
};

class LshMemory {
 public:
  /// Throws std::invalid_argument naming the field and its bounds.
  explicit LshMemory(const LshMemorySpec& spec);

  /// Remembers the next token; they are numbered from 0.
  void append(std::uint32_t key);
  /// The next token is one that nothing will recall: it only takes its number.
  void append_silent();
  /// Numbers of the latest tokens with this key, descending; valid until the next call.
  std::span<const std::int64_t> recall(std::uint32_t key);
  /// Asks the processor for the bucket that a recall of this key will look at first.
  void prefetch(std::uint32_t key) const;
  /// Brings what recalls of these keys, at most kMostWarmed, will look at next from main memory,
  /// for all of them at once: one by one each token is waited for before the one behind it is
  /// known.
  static constexpr std::size_t kMostWarmed = 64;
  void warm(std::span<const std::uint32_t> keys) const;
  /// Forgets everything; the next token is number 0.
  void reset();

  std::int64_t length() const { return length_; }
  std::int64_t bytes() const;

 private:
  struct Token {
    std::uint32_t key;
    std::uint32_t before;  // slot of the token before it in its bucket
  };
  std::size_t bucket_of(std::uint32_t key) const;
  std::int64_t number_of(std::uint32_t slot) const;
  void grow();
  void enter(std::uint32_t slot);
  std::uint32_t next_slot();

  const LshMemorySpec spec_;
  std::unique_ptr<Token[]> tokens_;    // by number % capacity; not touched before it is written
  std::vector<std::uint32_t> latest_;  // by bucket: slot, or kNone
  std::vector<std::int64_t> found_;
  int bucket_bits_ = 0;
  std::int64_t length_ = 0;
  std::int64_t newest_ = -1;  // slot of the last token
};

}  // namespace heddle::attention
