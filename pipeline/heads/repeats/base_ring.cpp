#include "pipeline/heads/repeats/base_ring.h"

#include "pipeline/encoders/bases.h"

#include <algorithm>
#include <bit>
#include <span>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

constexpr std::size_t kMirrored = 8;

std::size_t ring_size(std::int64_t capacity) {
  if (capacity < 1024) {
    throw std::invalid_argument("repeats: a memory of " + std::to_string(capacity) +
                                " bases, needs 1024");
  }
  return std::bit_ceil(static_cast<std::size_t>(capacity));
}

}  // namespace

BaseRing::BaseRing(std::int64_t capacity)
    : mask_(ring_size(capacity) - 1),
      capacity_(static_cast<std::int64_t>(mask_) + 1),
      codes_(std::make_unique_for_overwrite<std::uint8_t[]>(mask_ + 1 + kMirrored)) {
  reset();
}

void BaseRing::reset() {
  end_ = 0;
  std::fill_n(codes_.get() + mask_ + 1, kMirrored, std::uint8_t{4});
}

void BaseRing::push(std::string_view letters) {
  while (!letters.empty()) {
    const std::size_t at = index(end_);
    const std::size_t count = std::min(letters.size(), mask_ + 1 - at);
    encode_bases(letters.substr(0, count), {codes_.get() + at, count});
    if (at < kMirrored) std::copy_n(codes_.get(), kMirrored, codes_.get() + mask_ + 1);
    end_ += static_cast<std::int64_t>(count);
    letters.remove_prefix(count);
  }
}

}  // namespace heddle::pipeline
