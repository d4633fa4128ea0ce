#pragma once
// One row of the list of motif formats, which is in motifs.cpp. A reader takes all lines of the
// file and adds its motifs; it is given only files that its sniff accepted.

#include "io/motifs/motif_text.h"

#include <string_view>

namespace heddle::io {

struct MotifFormat {
  std::string_view name;
  bool (*sniff)(std::string_view content) = nullptr;  // the file's first bytes, uncompressed
  void (*read)(MotifText& text) = nullptr;
};

/// JASPAR: '>ID NAME', then four rows of counts, 'A [ 1 2 3 ]', with or without letter and
/// brackets. Without any '>' the file is one bare matrix (.pfm) and is called by its file name.
bool looks_like_jaspar(std::string_view content);
void read_jaspar(MotifText& text);

/// TRANSFAC flat file: AC, ID, NA lines, P0 (PO) with the letters, one row a column, // at the end.
bool looks_like_transfac(std::string_view content);
void read_transfac(MotifText& text);

/// MEME minimal text: MOTIF lines and letter-probability matrices; nsites gives the counts (20
/// where it is missing). Its background is not used.
bool looks_like_meme(std::string_view content);
void read_meme(MotifText& text);

/// FASTA: '>ID NAME', then IUPAC letters on any number of lines.
bool looks_like_patterns(std::string_view content);
void read_patterns(MotifText& text);

}  // namespace heddle::io
