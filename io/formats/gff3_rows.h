#pragma once
// GFF3 1.26 read back (github.com/The-Sequence-Ontology/Specifications): truth and predictions to
// be judged. annotation.h opens the file.

#include "io/formats/text_input.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::io {

struct Gff3Row {
  std::string sequence;  // unescaped
  std::string type;
  std::int64_t start = 0;  // 0-based
  std::int64_t end = 0;    // exclusive
  char strand = '.';       // + - . or ?
  std::string attributes;  // column 9 as written
  int phase = 0;           // column 8, modulo 3; 0 where it is no number

  /// The value of `key` as written; empty where there is none.
  std::string_view attribute(std::string_view key) const;
};

/// %XX replaced by what it stands for.
std::string gff3_unescaped(std::string_view text);

struct Gff3File {
  std::vector<Gff3Row> rows;                    // in the file's order
  std::map<std::string, std::int64_t> lengths;  // of sequences, where ##sequence-region or a row of
                                                // type region tells it
};

/// Reads up to the end or to sequences (##FASTA, or a line that begins with >). Throws InputError
/// naming the file and the line: not nine columns, a start or end that is no number or in the wrong
/// order, an unknown strand.
Gff3File gff3_rows(TextInput& text);

}  // namespace heddle::io
