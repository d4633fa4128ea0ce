#pragma once
// How much a run may hold at once, and what happens when more arrives.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace heddle::pipeline {

/// What the entrance does with an item when the run is full.
enum class Overflow : std::uint8_t {
  kBlock,       // wait: files and genomes, lossless
  kDropOldest,  // keep the newest and count the dropped: cameras and network streams
};

struct Limits {
  int in_flight = 8;  // items between entrance and exit; live items <= in_flight + 1
  std::size_t bytes_in_flight = 1 << 30;  // an item is admitted while less than this is inside
  Overflow overflow = Overflow::kBlock;
  std::chrono::milliseconds batch_timeout{5};  // an incomplete batch waits no longer than this
};

}  // namespace heddle::pipeline
