#pragma once
// CRISPR arrays of a sequence, as its bases stream by; exactly, and without a model.
//
// Seeds are words of 8 bases that come again 43 to 110 bases later (CRT, Bland et al. 2007, sets
// out from such words too). Where enough of a window of 23 bases about one agrees, a third repeat
// is looked for at the same distance, then further ones to both sides (array_growth.h). Decisions
// see a fixed number of bases ahead, so that what is pushed in whatever cuts comes out as the same
// arrays, and a base costs the same whatever the length. N agrees with nothing; small letters count
// as large ones.
//
// Arrays are told by ascending first base, none over another. On a circle they may cross the origin
// (they then end beyond its length), and all wait for finish(). Memory: 350 kB, what is pushed at
// once, and the longest array (64 kb); of a circle also its first 66 kb and its arrays. One search
// serves one stream of sequences; not shared between threads.

#include "io/snapshot.h"
#include "pipeline/heads/crispr/array_growth.h"
#include "pipeline/heads/crispr/base_window.h"
#include "pipeline/heads/crispr/crispr_array.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

class CrisprSearch {
 public:
  CrisprSearch();

  /// Begins a sequence; an unfinished one is forgotten.
  void begin(bool circular = false);
  /// The next bases, any number. Arrays that are decided are appended to `out`.
  void push(std::string_view bases, std::vector<CrisprArray>& out);
  /// Ends the sequence.
  void finish(std::vector<CrisprArray>& out);

  std::int64_t position() const { return length_; }  // bases pushed of this sequence
  /// No array that is still to come begins left of this.
  std::int64_t decided() const;
  void snapshot(io::Snapshot& s);

 private:
  static constexpr std::uint32_t kRing = 128;  // a power of two beyond the furthest repeat

  void run(bool to_end, std::vector<CrisprArray>& out);
  void look_at(std::int64_t word);
  void try_pair(std::int64_t second, std::int64_t distance);
  void remember(std::int64_t word);
  bool grow(bool to_end);
  void settle(std::vector<CrisprArray>& out);
  void close_circle(std::vector<CrisprArray>& out);

  BaseWindow bases_;
  bool circular_ = false;
  std::int64_t length_ = 0;                 // of the sequence so far
  std::int64_t word_ = 0;                   // looked at next
  std::int64_t floor_ = 0;                  // arrays left of it are told
  std::array<std::int64_t, kRing> done_{};  // by distance: words left of it were looked at
  std::optional<ArrayDraft> draft_;         // grows to the right
  std::string head_;                        // a circle's first bases
  std::vector<CrisprArray> held_;           // of a circle

  // Where each word stood last, and where the word of a place stood before, on a clock that goes on
  // from sequence to sequence so that nothing needs to be emptied. What is too old is no repeat,
  // and a clock that has gone round is found out by the bases.
  std::uint32_t clock_ = 0;  // of position 0
  std::vector<std::uint32_t> latest_;
  std::array<std::uint32_t, kRing> before_{};
};

/// The same by comparing every word with every other: for tests.
std::vector<CrisprArray> crispr_arrays_slow(std::string_view bases);

}  // namespace heddle::pipeline
