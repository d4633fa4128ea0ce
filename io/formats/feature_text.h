#pragma once
// Words about features that the text formats share: names, escapes, column 9 of GFF3.

#include "io/record.h"

#include <string>
#include <string_view>

namespace heddle::io {

/// Percent-escapes control characters, % and every byte of `reserved` (GFF3 1.26).
std::string gff3_escape(std::string_view text, std::string_view reserved);
/// A sequence's name for column 1: everything beyond [a-zA-Z0-9.:^*$@!+_?-|] is escaped.
std::string gff3_seqid(std::string_view name);

/// "ID=...;partial=true;start_range=.,1;..." without what belongs to a single row. A feature with a
/// partial end says so as NCBI's files do: partial=true, and start_range=.,N or end_range=N,. for
/// the open end (low or high coordinate). Its other attributes follow in their order; a CDS without
/// transl_table gets `genetic_code`.
std::string gff3_attributes(const Interval& feature, std::string_view id, int genetic_code);

/// The value of an attribute, or nothing.
const std::string* find_attribute(const Interval& feature, std::string_view key);

/// tRNA, tmRNA or rRNA.
bool is_rna(const Interval& feature);

/// An array of CRISPR: a repeat_region of that family, a part for each repeat.
bool is_crispr(const Interval& feature);

/// "chr1:5-90,92-200(+)": 1-based, inclusive, by ascending coordinate.
std::string location(const Interval& feature);

/// One line without control characters, for comments.
std::string one_line(std::string_view text);

}  // namespace heddle::io
