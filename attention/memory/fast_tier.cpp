#include "attention/memory/fast_tier.h"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace heddle::attention {

FastTier::FastTier(const MemorySpec& spec, std::int64_t entries)
    : eviction_(spec.external.eviction),
      places_(static_cast<std::size_t>(entries > 0 ? spec.long_blocks : 0)),
      at_(static_cast<std::size_t>(entries), -1) {}

std::size_t FastTier::bytes(const MemorySpec& spec, std::int64_t entries) {
  return static_cast<std::size_t>(entries > 0 ? spec.long_blocks : 0) * sizeof(Place) +
         static_cast<std::size_t>(entries) * sizeof(std::int32_t);
}

bool FastTier::keep(std::int64_t entry) {
  const std::int64_t slot = slot_of(entry);
  if (slot < 0) return false;
  places_[static_cast<std::size_t>(slot)].kept = round_;
  return true;
}

/// The least worthy leaves; an empty place before all.
double FastTier::worth(const Place& place) const {
  if (place.entry < 0) return -1;
  switch (eviction_) {
    case Eviction::kFifo:
      return static_cast<double>(place.came);
    case Eviction::kLru:
      return static_cast<double>(place.kept);
    case Eviction::kMass:
      return place.mass;
  }
  return 0;
}

std::int64_t FastTier::make_room(std::int64_t entry) {
  std::int64_t worst = -1;
  double least = std::numeric_limits<double>::infinity();
  for (std::int64_t slot = 0; slot < slots(); ++slot) {
    const Place& place = places_[static_cast<std::size_t>(slot)];
    if (place.entry >= 0 && place.kept == round_) continue;
    if (const double found = worth(place); found < least) {
      least = found;
      worst = slot;
    }
  }
  if (worst < 0) throw std::logic_error("fast tier: a round wants more blocks than it has slots");
  Place& place = places_[static_cast<std::size_t>(worst)];
  if (place.entry >= 0) at_[static_cast<std::size_t>(place.entry)] = -1;
  place = {.entry = entry, .kept = round_, .came = ++arrivals_};
  at_[static_cast<std::size_t>(entry)] = static_cast<std::int32_t>(worst);
  return worst;
}

void FastTier::add_mass(std::int64_t entry, float mass) {
  const std::int64_t slot = slot_of(entry);
  if (slot >= 0 && std::isfinite(mass)) places_[static_cast<std::size_t>(slot)].mass += mass;
}

void FastTier::forget(std::int64_t entry) {
  const std::int64_t slot = slot_of(entry);
  if (slot < 0) return;
  places_[static_cast<std::size_t>(slot)] = {};
  at_[static_cast<std::size_t>(entry)] = -1;
}

void FastTier::clear() {
  for (Place& place : places_) place = {};
  at_.assign(at_.size(), -1);
}

}  // namespace heddle::attention
