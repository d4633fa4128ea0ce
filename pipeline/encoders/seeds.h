#pragma once
// Bases as tokens by a fixed projection: the 14 of 20 neighbouring bases that a spaced seed
// samples, hashed to a key. Two places that agree in those 14 bases get the same key, whatever the
// other six are: bit sampling, the locality-sensitive hash of the Hamming distance.
//
// The seed reads the same in both directions, so a window's other-strand key is the key of its
// reverse complement. Windows that hold an N have no key. Threads: one caller at a time.
// Source of the idea: Ma, Tromp and Li 2002, 'PatternHunter'.

#include <cstdint>
#include <optional>

namespace heddle::pipeline {

class SeedTokens {
 public:
  static constexpr int kSpan = 20;    // bases a window covers
  static constexpr int kWeight = 14;  // bases that count

  struct Token {
    std::uint32_t along;    // key of the window
    std::uint32_t against;  // key of its reverse complement
  };
  /// The token of the window that ends with this base (A C G T = 0 1 2 3, N = 4), if it has one.
  std::optional<Token> push(std::uint8_t code);
  void reset();

 private:
  std::uint64_t along_ = 0;
  std::uint64_t against_ = 0;
  int known_ = 0;  // bases since the last N
};

}  // namespace heddle::pipeline
