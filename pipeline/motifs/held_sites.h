#pragma once
// Sites that wait for their q-values, which are known only when everything has been scanned.
//
// They wait in a Spool: 1 MiB in memory, the rest in a nameless temporary file of at most
// kMostBytes. Single-threaded: the end of the graph, then release().

#include "io/formats/spool.h"
#include "pipeline/item.h"
#include "pipeline/motifs/false_discovery.h"

#include <functional>
#include <span>
#include <string>

namespace heddle::pipeline {

class HeldSites {
 public:
  static constexpr std::int64_t kMostBytes = std::int64_t{16} << 30;

  /// Borrows the motifs.
  explicit HeldSites(std::span<const ScoredMotif> motifs) : motifs_(motifs), discovery_(motifs) {}

  /// What MotifSearch left in an item, in order of entry. Throws io::OutputError where the
  /// temporary file cannot be written or would grow beyond kMostBytes.
  void take(const Item& item);
  std::int64_t bytes() const { return bytes_; }
  /// All that waits.
  void snapshot(io::Snapshot& s) { s(discovery_, spool_, bytes_); }
  /// Gives everything back as records, in order, sites with q <= `fdr` only; once.
  void release(double fdr, const std::function<void(io::Record)>& give);

 private:
  struct Entry;
  void put(const Entry& entry, std::string_view text);
  void give_back(const Entry& entry, std::string_view text);

  std::span<const ScoredMotif> motifs_;
  FalseDiscovery discovery_;
  io::Spool spool_;
  std::int64_t bytes_ = 0;
  double fdr_ = 1;
  std::string sequence_;  // while giving back
  std::function<void(io::Record)> give_;
};

}  // namespace heddle::pipeline
