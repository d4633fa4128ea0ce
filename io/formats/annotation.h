#pragma once
// An annotation, whichever of our formats holds it: for whoever wants the features of a genome.

#include "io/formats/gff3_rows.h"

#include <string>

namespace heddle::io {

/// GFF3, or the features of a GenBank file where the content begins with LOCUS. Plain, gzip or
/// bgzf. Throws InputError naming the file and the line.
Gff3File read_annotation(const std::string& uri);

}  // namespace heddle::io
