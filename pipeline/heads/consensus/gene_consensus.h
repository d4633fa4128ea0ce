#pragma once
// The genes that many aligned reads agree on, from the genes of each, lifted onto the reference
// (lift.h).
//
// Reads vote separately on a gene's stop and on its start. A stop codon on the reference that a
// read tells is a candidate. It is a gene when more than half of the reads that lie over it read it
// in its frame, wherever their own errors then led them, no other stop of the frame has more votes,
// and enough reads end there: they tell the stop, or, where at least one does, they leave its frame
// there for another (a decoder that takes genes of an operon for one with a frameshift does so; an
// error of sequencing is where no other read has one, and one that the alignment mends leaves no
// trace). Its start is the rows that more than half tell, or the start in the frame of the stop
// from which most reads come down to it, whatever their own gene's end.
//
// Reads come in ascending order of their start on the reference, as in a file sorted by coordinate:
// a gene leaves as soon as no later read can touch its stop, so the memory is that of the reads
// over one place. Single-threaded; owned by its stage.

#include "io/attribute.h"
#include "io/record.h"
#include "io/snapshot.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace heddle::pipeline {

/// The attributes that a gene of a consensus has, in order: start_type (where enough tell the
/// start) and transl_table as the reads say; support, the reads that read it in its frame;
/// coverage, the reads over it; of them stop_support, which tell its stop, and start_support, which
/// tell its start.
std::vector<io::Attribute> consensus_attributes();

class GeneConsensus {
 public:
  /// A read over this much of a gene, or all of it, counts; at a read's end less tells nothing.
  static constexpr std::int64_t kTellingBases = 150;

  /// `least_reads` >= 1: that tell a gene's stop; else std::invalid_argument. A start that fewer
  /// tell makes the gene partial there. `least_bases`: a shorter gene is none.
  explicit GeneConsensus(int least_reads, std::int64_t least_bases = 0);

  /// The next read, over [start, end) of `reference`, 0-based. What it settles is appended to
  /// `out`, in ascending order of left ends. Throws std::runtime_error, and takes nothing, where a
  /// read of the same reference has begun further right, or where the reference was left before.
  void read(const std::string& reference,
            std::int64_t start,
            std::int64_t end,
            std::vector<io::Record>& out);
  /// A gene of the read that came last, in positions of its reference.
  void vote(const io::Interval& gene);
  /// No more reads: all that is left.
  void finish(std::vector<io::Record>& out);

  /// Between two calls.
  void snapshot(io::Snapshot& s) {
    s(reference_, left_behind_, start_, reads_, open_, due_, genes_, refused_);
  }

  std::int64_t genes() const { return genes_; }      // told
  std::int64_t refused() const { return refused_; }  // stops that reads told, but too few

 private:
  struct Row {
    std::int64_t start = 0, end = 0;
    int frame = 0;  // of its codons' left ends, modulo 3
  };
  struct Told {
    char strand = '+';
    std::vector<Row> rows;
    std::optional<std::int64_t> stop;   // leftmost base of the codon
    std::optional<std::int64_t> start;  // 5' end

    void snapshot(io::Snapshot& s) { s(strand, rows, stop, start); }
  };
  struct Read {
    std::int64_t start = 0, end = 0;
    std::vector<Told> genes;

    void snapshot(io::Snapshot& s) { s(start, end, genes); }
  };
  struct Candidate {
    std::vector<io::Interval> genes;  // one a read that tells this stop
    std::int64_t left = 0;            // the least left end of them

    void snapshot(io::Snapshot& s) { s(genes, left); }
  };
  using Stop = std::pair<std::int64_t, char>;  // leftmost base of the codon, strand
  struct Support {
    std::int64_t reads = 0, coverage = 0;
    std::int64_t leaving = 0;   // of the reads, that go on behind the stop in another frame
    bool another_stop = false;  // of the frame, told by more
  };

  struct InFrame {
    std::int64_t bases = 0;
    bool leaves = false;
    std::vector<std::int64_t> other_stops;
  };

  void settle_before(std::int64_t position, std::vector<io::Record>& out);
  void judge(const Stop& stop, const Candidate& candidate);
  bool accepts(const Support& seen, std::int64_t votes) const;
  std::map<std::int64_t, std::int64_t> starts_before(const Stop& stop) const;
  static InFrame in_frame(const Read& read, const Stop& stop, const io::Interval& gene);
  Support support(const Stop& stop, const io::Interval& gene, std::int64_t votes) const;
  void release_before(std::int64_t position, std::vector<io::Record>& out);

  const int least_reads_;
  const std::int64_t least_bases_;
  std::string reference_;
  std::set<std::string> left_behind_;              // references that are complete
  std::int64_t start_ = 0;                         // of the last read
  std::deque<Read> reads_;                         // that may lie over an open candidate
  std::map<Stop, Candidate> open_;                 // ascending
  std::multimap<std::int64_t, io::Interval> due_;  // told, by left end; open ones may come before
  std::int64_t genes_ = 0;
  std::int64_t refused_ = 0;
};

}  // namespace heddle::pipeline
