#pragma once
// The external tier's blocks that are at hand: which block lies in which of the fast store's slots,
// and which one makes room (Eviction). A cache: it decides how fast a block is read, never what is
// read. Not thread-safe. Allocates at construction only.
// Errors: std::logic_error where a round wants more blocks than there are slots.

#include "attention/memory/rolling_memory.h"

#include <cstdint>
#include <span>
#include <vector>

namespace heddle::attention {

class FastTier {
 public:
  /// `entries` external slots, by which blocks are known here.
  FastTier(const MemorySpec& spec, std::int64_t entries);
  static std::size_t bytes(const MemorySpec& spec, std::int64_t entries);

  std::int64_t slots() const { return static_cast<std::int64_t>(places_.size()); }
  /// Where an entry lies, or -1.
  std::int64_t slot_of(std::int64_t entry) const { return at_[static_cast<std::size_t>(entry)]; }

  /// Begins a round: what is asked for in it stays until the next one.
  void start_round() { ++round_; }
  /// An entry is read this round: true where it is at hand, and then kept.
  bool keep(std::int64_t entry);
  /// A slot for an entry that is not at hand: the worst one that this round does not keep. At most
  /// slots() entries a round.
  std::int64_t make_room(std::int64_t entry);
  void add_mass(std::int64_t entry, float mass);
  /// The entry holds another block now.
  void forget(std::int64_t entry);
  void clear();

 private:
  struct Place {
    std::int64_t entry = -1;
    std::int64_t kept = -1;  // round
    std::int64_t came = 0;   // arrival number
    double mass = 0;
  };
  double worth(const Place& place) const;

  Eviction eviction_;
  std::vector<Place> places_;     // by slot
  std::vector<std::int32_t> at_;  // by entry
  std::int64_t round_ = 0;
  std::int64_t arrivals_ = 0;
};

}  // namespace heddle::attention
