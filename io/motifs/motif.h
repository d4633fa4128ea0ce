#pragma once
// Motifs: what sites look like, as matrices of counts or as patterns of letters.

#include "io/error.h"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace heddle::io {

/// One motif. Exactly one of `counts` and `pattern` is filled.
struct Motif {
  std::string id;    // accession: 'MA0001.3'; no two of a file have the same
  std::string name;  // 'AGL3'; empty where the file has none
  std::vector<std::array<double, 4>>
      counts;           // (columns, A C G T): finite, >= 0, no column of zeros
  std::string pattern;  // upper-case IUPAC: ACGT RYSWKM BDHV N
};

struct MotifFile {
  std::string format;  // "TRANSFAC matrices"
  std::vector<Motif> motifs;
};

inline constexpr std::size_t kMostColumns = 1024;   // of a motif
inline constexpr std::size_t kMostMotifs = 100000;  // of a file

/// Reads a whole file of motifs, plain, gzip or bgzf; "-" is standard input. The content decides
/// the format. Where several motifs of a file have one id, the later ones become 'ID_2', 'ID_3' ..,
/// so that their sites can be told apart; one without a name keeps the id as its name. Throws
/// InputError naming file, line and remedy: a file that is missing, empty, of another kind or
/// damaged, an alphabet that is not DNA, columns without counts, motifs beyond the limits above.
/// `stop_descriptor` as in SourceOptions.
MotifFile read_motifs(const std::string& uri, int stop_descriptor = -1);

}  // namespace heddle::io
