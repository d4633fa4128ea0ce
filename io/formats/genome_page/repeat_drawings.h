#pragma once
// What a page draws of a sequence's repeats.

#include "io/formats/genome_page/sequence_notes.h"
#include "io/report/svg.h"

#include <string>
#include <vector>

namespace heddle::io {

/// Families by the bases of all their copies, the largest first.
std::vector<std::string> largest_families(const SequenceNotes& notes, std::size_t most);

/// The sequence against itself.
report::Svg dot_plot(const SequenceNotes& notes);
/// Along the sequence: copies by family, their density, arrays.
report::Svg repeat_map(const SequenceNotes& notes);
/// Around it, with chords between the copies of long pairs.
report::Svg repeat_circle(const SequenceNotes& notes);

}  // namespace heddle::io
