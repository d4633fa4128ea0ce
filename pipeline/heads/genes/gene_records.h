#pragma once
// Decided events become CDS records, in ascending order of their left ends. Owned by one decoder.

#include "io/attribute.h"
#include "io/record.h"
#include "io/snapshot.h"
#include "pipeline/heads/genes/gene_options.h"
#include "pipeline/heads/genes/gene_paths.h"
#include "pipeline/heads/genes/gene_window.h"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace heddle::pipeline {

/// All attributes that a gene may have, in order; `lifted`: what lift.h makes of it.
std::vector<io::Attribute> gene_attributes(bool lifted);

class GeneRecords {
 public:
  /// Borrows all three.
  GeneRecords(const GeneOptions& options, const GeneticCode& code, const GeneWindow& window);

  void clear(std::string sequence);
  /// From now on genes that begin at or beyond `length` are reported that much further left.
  void wrap_at(std::int64_t length) { wrap_ = length; }
  /// Events in the order they were decided; the window must still hold their surroundings, and with
  /// wants_sequences the whole gene (a longer one leaves without its sequence).
  void take(const GeneEvent& event);
  /// The next finished record, in order. Returns false when there is none yet.
  bool next(io::Interval& record);
  /// Where the leftmost gene still open begins, or `otherwise`.
  std::int64_t oldest_open(std::int64_t otherwise) const;
  /// Where the leftmost gene begins that next() has not given yet, or `otherwise`.
  std::int64_t oldest(std::int64_t otherwise) const {
    return genes_.empty() ? otherwise : genes_.front().parts.front().start;
  }
  bool any_open() const { return oldest_open(-1) >= 0; }
  void snapshot(io::Snapshot& s) { s(sequence_, wrap_, genes_); }

 private:
  struct Part {
    std::int64_t start, end;
    int frame;
  };
  struct Gene {
    char strand = '+';
    int frame = 0;  // of the last part so far
    std::vector<Part> parts;
    std::int64_t worth = 0;
    bool open = true, left_edge = false, right_edge = false;
    std::string start_type;
    std::vector<GeneEvent> shifts;
    std::string nucleotides;

    void snapshot(io::Snapshot& s) {
      s(strand, frame, parts, worth, open, left_edge, right_edge, start_type, shifts, nucleotides);
    }
  };

  void open(const GeneEvent& event);
  void shift(Gene& gene, const GeneEvent& event) const;
  void close(Gene& gene, const GeneEvent& event) const;
  Gene& open_gene(char strand, int frame);
  std::string nucleotides(const Gene& gene) const;
  bool long_enough(const Gene& gene) const;
  io::Interval record(Gene& gene) const;
  std::string protein(const Gene& gene, const io::Interval& record) const;

  const GeneOptions& options_;
  const GeneticCode& code_;
  const GeneWindow& window_;
  std::string sequence_;
  std::int64_t wrap_ = 0;   // 0: nowhere
  std::deque<Gene> genes_;  // by left end; finished ones wait for open ones before them
};

}  // namespace heddle::pipeline
