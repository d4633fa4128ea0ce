#pragma once
// The CDS features of GenBank records (the INSDC feature table) as rows of GFF3, a row a span, the
// spans of one feature with one ID. What marks a gene is marked as NCBI's GFF3 marks it:
// partial=true (< or >), pseudo=true, exception=ribosomal slippage, transl_table.

#include "io/formats/gff3_rows.h"
#include "io/formats/text_input.h"

namespace heddle::io {

/// Sequences are named as open_genbank() names them; their lengths are those of LOCUS. Throws
/// InputError naming the file and the line of a location that is none, or lies in another record.
Gff3File genbank_rows(TextInput& text);

}  // namespace heddle::io
