#pragma once
// What a page keeps of a run: sums over everything, notes of the longest sequences.

#include "io/formats/genome_page/sequence_notes.h"
#include "io/record.h"
#include "io/sample.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace heddle::io {

/// Counts by class; the last class has all beyond.
struct ClassCounts {
  double width = 1;
  std::vector<std::int64_t> counts;
  void add(double value);
};

class GenomeNotes {
 public:
  static constexpr std::size_t kDrawn = 8;
  static constexpr std::size_t kMostFailures = 20;

  void take(const Sample& sample, std::span<const Record> records);
  /// Sequences still open (references that reads lie on, which have no end of their own; those
  /// whose end failed; all where the run stopped) end here.
  void finish();

  /// The longest, the longest first; of equals the first.
  const std::vector<SequenceNotes>& drawn() const { return drawn_; }

  std::int64_t sequences = 0, bases = 0;
  std::int64_t pairs = 0, inverted = 0, copies = 0, arrays = 0;
  std::int64_t genes = 0, forward_genes = 0, partial_genes = 0, shifted_genes = 0, coding = 0;
  ClassCounts gene_lengths{30, std::vector<std::int64_t>(4096)};
  ClassCounts gene_scores{1, std::vector<std::int64_t>(8192)};
  std::int64_t sites = 0, forward_sites = 0;
  std::map<std::string, std::int64_t> rnas;  // genes by type
  std::int64_t crisprs = 0;                  // arrays
  std::int64_t failures = 0;
  std::vector<Failure> first_failures;

 private:
  void count(const Interval& feature);
  void count_gene(const Interval& gene);
  void take(const Record& record);
  void keep(SequenceNotes notes);

  std::map<std::string, SequenceNotes, std::less<>> open_;
  std::vector<SequenceNotes> drawn_;
};

}  // namespace heddle::io
