#pragma once
// A circular sequence's genes, GC and GC skew as rings.

#include "io/formats/genome_page/sequence_notes.h"
#include "io/report/svg.h"

namespace heddle::io {

report::Svg gene_circle(const SequenceNotes& notes);

}  // namespace heddle::io
