#pragma once
// Sites of motifs against a truth: a site is found when the other list has one of its motif, on its
// sequence and strand, that begins no further than `slack` bases away. Sites that a list has twice
// count once. Threads: any.

#include "io/formats/site_rows.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace heddle::pipeline {

struct MotifScore {
  std::int64_t truths = 0;
  std::int64_t found = 0;  // of them
  std::int64_t predicted = 0;
  std::int64_t right = 0;  // of them

  double recall() const { return share(found, truths); }
  double precision() const { return share(right, predicted); }
  /// The harmonic mean of both.
  double f1() const;
  MotifScore& operator+=(const MotifScore& other);

 private:
  static double share(std::int64_t part, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
  }
};

/// By motif, ascending: every one that either list has.
std::map<std::string, MotifScore> score_motif_sites(std::span<const io::SiteRow> truth,
                                                    std::span<const io::SiteRow> predicted,
                                                    std::int64_t slack = 0);

}  // namespace heddle::pipeline
