#pragma once
// Sites of motifs read back from text, GFF3 or BED, line by line as each looks: our own, and those
// of other scanners. Plain, gzip or bgzf; empty lines and comments (#) are passed over.
//
// GFF3: the motif is the attribute Name, else ID, else the row's type. BED: six columns at least,
// the motif is column 4.

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::io {

struct SiteRow {
  std::string sequence;
  std::string motif;
  std::int64_t start = 0;  // 0-based
  std::int64_t end = 0;    // exclusive
  char strand = '+';       // + - or .
};

/// Every site in the file's order. Throws InputError naming the file and the line.
std::vector<SiteRow> read_sites(const std::string& uri);

}  // namespace heddle::io
