#pragma once
// Coding frames base by base against the truth that was kept of sequences with errors: a base is
// right when it is called on its strand and in its codon's phase. A gene is in frame when at least
// 90 % of its coding bases are right.
//
// Each row of type CDS counts by its own start, end, strand and phase, so a gene with a frameshift
// is several rows, as GFF3 has it. Where rows overlap the longest speaks, of equal ones the last in
// the file. A row counts as far as its sequence goes, its frame from there where it ends behind it
// on the - strand. Threads: one caller an object.

#include "io/formats/frame_labels.h"
#include "io/formats/gff3_rows.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace heddle::pipeline {

struct FrameScore {
  std::int64_t coding = 0;          // bases of the truth
  std::int64_t called = 0;          // bases that are called coding
  std::int64_t right = 0;           // of both, in frame
  std::int64_t genes = 0;           // of the truth, those of each sequence by themselves
  std::int64_t genes_in_frame = 0;  // of them

  double recall() const { return share(right, coding); }
  double precision() const { return share(right, called); }
  double kept() const { return share(genes_in_frame, genes); }

 private:
  static double share(std::int64_t part, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
  }
};

/// One prediction, judged on one sequence after the other.
class FrameScorer {
 public:
  /// Rows of sequences that are never added do not count.
  explicit FrameScorer(const io::Gff3File& predicted);

  void add(const io::FrameLabels& truth);
  const FrameScore& score() const { return score_; }

 private:
  struct Row {
    std::int64_t start = 0, end = 0;  // 0-based, exclusive
    char strand = '+';
    int phase = 0;
  };
  std::string called(const io::FrameLabels& truth) const;

  std::map<std::string, std::vector<Row>> rows_;  // by sequence, the shortest first
  FrameScore score_;
};

}  // namespace heddle::pipeline
