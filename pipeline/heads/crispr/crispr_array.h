#pragma once
// What a CRISPR array is here: at least three direct repeats of 23 to 50 bases, nearly equal, with
// spacers of 20 to 60 bases between them, of like lengths, that are not like one another. The first
// and the last repeat may be worn or cut short.

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::pipeline {

inline constexpr int kShortestRepeat = 23;
inline constexpr int kLongestRepeat = 50;
inline constexpr int kShortestSpacer = 20;
inline constexpr int kLongestSpacer = 60;
inline constexpr int kFewestRepeats = 3;
// From the start of a repeat to that of the next.
inline constexpr int kNearestRepeat = kShortestRepeat + kShortestSpacer;
inline constexpr int kFurthestRepeat = kLongestRepeat + kLongestSpacer;

struct CrisprArray {
  struct Repeat {
    std::int64_t begin = 0;
    std::int64_t end = 0;  // exclusive
    void snapshot(auto& s) { s(begin, end); }
  };
  std::vector<Repeat> repeats;  // ascending
  std::string consensus;        // the usual base of each column
  double score = 0;             // bits by which the repeats are likelier copies than chance
  double identity = 0;          // of the repeats with the consensus, 0..1

  std::int64_t begin() const { return repeats.front().begin; }
  std::int64_t end() const { return repeats.back().end; }
  double mean_spacer() const;
  void snapshot(auto& s) { s(repeats, consensus, score, identity); }
};

}  // namespace heddle::pipeline
