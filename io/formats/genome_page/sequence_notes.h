#pragma once
// What a page keeps of one sequence: bounded, whatever the sequence is.

#include "io/formats/genome_page/kept.h"
#include "io/record.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace heddle::io {

struct PairNote {
  std::int64_t first = 0, first_end = 0;
  std::int64_t second = 0, second_end = 0;
  bool inverted = false;
  double identity = 0;
  std::int64_t length() const { return std::min(first_end - first, second_end - second); }
};

struct CopyNote {
  std::int64_t start = 0, end = 0;
  std::string family;
};

struct FamilyNote {
  std::int64_t copies = 0, bases = 0;
  std::int64_t shortest = 0, longest = 0;
  std::array<std::int64_t, 3> starts{};  // of its first copies
};

struct ArrayNote {
  std::int64_t start = 0, end = 0;
  std::string period, copies, identity, unit;  // as the record says
};

struct GeneNote {
  std::int64_t start = 0, end = 0;
  bool reverse = false;
  bool shifted = false;
};

struct RnaNote {
  std::int64_t start = 0, end = 0;
  char strand = '+';
  std::string type, product;
  double score = 0;
};

struct CrisprNote {
  std::int64_t start = 0, end = 0;
  std::string copies, spacer, identity, unit;  // as the record says
};

struct MotifNote {
  std::string name;  // beside its id, may be empty
  std::int64_t sites = 0, forward = 0;
  double best = 0;
  std::string p_value;  // of the best
  Bins along;
};

/// Of one sequence.
struct SequenceNotes {
  std::string name;
  std::int64_t length = 0;
  bool circular = false;

  // Letters by place: from them GC and skew.
  Bins guanine, cytosine, known;

  Largest<PairNote> pairs{3000};
  std::int64_t inverted_pairs = 0;
  Largest<CopyNote> copies{6000};
  std::map<std::string, FamilyNote, std::less<>> families;  // at most kMostFamilies
  std::int64_t copies_without_family = 0;                   // of families beyond that
  Bins copied;                                              // bases in copies
  Largest<ArrayNote> arrays{400};
  Bins arrayed;

  Largest<GeneNote> genes{12000};
  Bins coding;

  Largest<RnaNote> rnas{1000};
  Largest<CrisprNote> crisprs{400};

  std::map<std::string, MotifNote, std::less<>> motifs;  // at most kMostMotifs
  Bins sites;

  static constexpr std::size_t kMostFamilies = 1 << 16;
  static constexpr std::size_t kMostMotifs = 4096;

  void see(std::int64_t offset, std::string_view bases);
  void see(const Pair& pair);
  void see(const Interval& feature);

 private:
  void see_copy(const Interval& feature);
  void see_array(const Interval& feature);
  void see_gene(const Interval& feature);
  void see_rna(const Interval& feature);
  void see_crispr(const Interval& feature);
  void see_site(const Interval& feature);
};

}  // namespace heddle::io
