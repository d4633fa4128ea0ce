#include "attention/weights/sha256.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace heddle::attention {
namespace {

constexpr std::size_t kBlock = 64;
using State = std::array<std::uint32_t, 8>;

constexpr State kStart = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/// The first 32 bits of the fractional part of the cube root of p. 64-bit long doubles hold the 3
/// bits before and the 32 after the point with room to spare.
std::uint32_t cube_root_fraction(std::uint32_t p) {
  const long double root = std::cbrt(static_cast<long double>(p));
  return static_cast<std::uint32_t>((root - std::floor(root)) * 0x1p32L);
}

/// Round constants: the cube roots of the first 64 primes.
std::array<std::uint32_t, 64> make_rounds() {
  std::array<std::uint32_t, 64> rounds{};
  std::size_t found = 0;
  for (std::uint32_t candidate = 2; found < rounds.size(); ++candidate) {
    bool prime = true;
    for (std::uint32_t d = 2; d * d <= candidate; ++d) prime = prime && candidate % d != 0;
    if (prime) rounds[found++] = cube_root_fraction(candidate);
  }
  return rounds;
}

std::uint32_t big_endian(const std::byte* p) {
  std::uint32_t x = 0;
  for (int i = 0; i < 4; ++i) x = x << 8 | std::to_integer<std::uint32_t>(p[i]);
  return x;
}

void absorb(State& state, const std::byte* block, const std::array<std::uint32_t, 64>& rounds) {
  std::array<std::uint32_t, 64> w{};
  for (std::size_t i = 0; i < 16; ++i) w[i] = big_endian(block + 4 * i);
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t a = w[i - 15];
    const std::uint32_t b = w[i - 2];
    w[i] = w[i - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) + w[i - 7] +
           (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t t1 = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                             ((e & f) ^ (~e & g)) + rounds[i] + w[i];
    const std::uint32_t t2 =
        (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  const State mixed = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += mixed[i];
}

/// What is left after the last whole block, the closing bit and the length: one or two blocks.
std::vector<std::byte> closing(std::span<const std::byte> bytes) {
  const std::size_t whole = bytes.size() / kBlock * kBlock;
  std::vector<std::byte> tail(bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end());
  tail.push_back(std::byte{0x80});
  while (tail.size() % kBlock != kBlock - 8) tail.push_back(std::byte{0});
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8)
    tail.push_back(static_cast<std::byte>(bits >> shift));
  return tail;
}

}  // namespace

std::string sha256(std::span<const std::byte> bytes) {
  static const auto rounds = make_rounds();
  State state = kStart;
  for (std::size_t at = 0; at + kBlock <= bytes.size(); at += kBlock) {
    absorb(state, bytes.data() + at, rounds);
  }
  const std::vector<std::byte> tail = closing(bytes);
  for (std::size_t at = 0; at < tail.size(); at += kBlock) absorb(state, tail.data() + at, rounds);
  std::string hex;
  for (const std::uint32_t word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) hex += "0123456789abcdef"[word >> shift & 15];
  }
  return hex;
}

}  // namespace heddle::attention
