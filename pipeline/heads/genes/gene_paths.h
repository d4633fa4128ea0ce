#pragma once
// The tree of everything that the best labelings still under consideration have in common. Each
// path is a chain of events towards the past; what all live paths share is decided and leaves.
// Owned by one lattice, not shared between threads.

#include "io/snapshot.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace heddle::pipeline {

/// A change of state at a boundary between bases. `frame` is the position of the gene's codon
/// boundaries modulo 3, on either strand.
struct GeneEvent {
  enum class Kind : std::uint8_t { kOpen, kClose, kInsertion, kDeletion };
  std::int64_t position = 0;  // insertion: of the extra base; deletion: the boundary it was lost at
  std::int64_t worth = 0;     // what it adds to its gene's score, see lattice
  Kind kind = Kind::kOpen;
  char strand = '+';
  std::uint8_t frame = 0;      // of the gene after the event
  std::uint8_t old_frame = 0;  // before it
  bool at_edge = false;        // opens or closes at the sequence's edge rather than at a codon
};

/// One state's best labeling so far: its score and its last event.
struct GenePath {
  static constexpr std::int64_t kImpossible = std::numeric_limits<std::int64_t>::min() / 4;
  std::int64_t score = kImpossible;
  std::int32_t event = 0;

  bool possible() const { return score > kImpossible / 2; }
  void forbid() { score = kImpossible; }
};

class GenePaths {
 public:
  using Decided = std::function<void(const GeneEvent&)>;

  GenePaths() { clear(); }
  void clear();
  /// Prolongs the chain that ends in `parent`; gives the new end.
  std::int32_t add(const GeneEvent& event, std::int32_t parent);

  /// Hands out, oldest first, the events that all possible `live` paths share, and forgets what no
  /// path needs. Indices inside `live` are renewed.
  void settle(std::span<GenePath> live, const Decided& decided);
  /// Position of the oldest event not yet handed out, or `otherwise`.
  std::int64_t oldest(std::int64_t otherwise) const;
  /// Forbids every live path that disagrees with `best` about events left of `position`.
  void agree(std::span<GenePath> live, const GenePath& best, std::int64_t position) const;
  void snapshot(io::Snapshot& s) { s(nodes_); }

 private:
  struct Node {
    GeneEvent event;
    std::int32_t parent = 0;
  };
  std::int32_t last_before(std::int32_t node, std::int64_t position) const;

  std::vector<Node> nodes_;             // parents before children; nodes_[0] is decided
  std::vector<std::int32_t> children_;  // of settle(): live children and paths of each node
};

}  // namespace heddle::pipeline
