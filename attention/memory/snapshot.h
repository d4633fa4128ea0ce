#pragma once
// The bytes of a saved memory, little-endian: magic, version, spec, length, tensors in a fixed
// order, CRC-32 (IEEE 802.3) of all before it. A snapshot of a spec always has the same size.
// Errors: std::runtime_error naming what does not match; the tiers read into are then spoilt.
// Threads: one caller at a time.

#include "attention/memory/memory_tiers.h"

#include <iosfwd>

namespace heddle::attention {

void write_snapshot(const MemoryTiers& tiers, std::ostream& to);
void read_snapshot(std::istream& from, MemoryTiers& tiers);

}  // namespace heddle::attention
