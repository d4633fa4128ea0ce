#include "pipeline/encoders/seeds.h"

#include <string_view>

namespace heddle::pipeline {
namespace {

// Of 60 random symmetric seeds of this weight for each span from 20 to 24 the one with most chance
// of two hits in 100 bases at 85 % identity, every other position a token: 0.78, 0.72 without gaps.
constexpr std::string_view kSeed = "11111001100110011111";
static_assert(kSeed.size() == SeedTokens::kSpan);

constexpr std::uint64_t mask_of(std::string_view seed) {
  std::uint64_t mask = 0;
  for (const char place : seed) mask = mask << 2 | (place == '1' ? 3u : 0u);
  return mask;
}
constexpr std::uint64_t kMask = mask_of(kSeed);
constexpr std::uint64_t kWindow = (std::uint64_t{1} << (2 * SeedTokens::kSpan)) - 1;

std::uint32_t key_of(std::uint64_t window) {
  return static_cast<std::uint32_t>((window & kMask) * 0x9e3779b97f4a7c15u >> 32);
}

}  // namespace

std::optional<SeedTokens::Token> SeedTokens::push(std::uint8_t code) {
  if (code > 3) {
    known_ = 0;
    return std::nullopt;
  }
  along_ = (along_ << 2 | code) & kWindow;
  against_ = against_ >> 2 | std::uint64_t{3u - code} << (2 * (kSpan - 1));
  if (++known_ < kSpan) return std::nullopt;
  known_ = kSpan;
  return Token{key_of(along_), key_of(against_)};
}

void SeedTokens::reset() { known_ = 0; }

}  // namespace heddle::pipeline
