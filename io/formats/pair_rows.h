#pragma once
// Pairs of places read back from text, BEDPE or PAF, line by line as each looks: our own, and those
// of other programs. Plain, gzip or bgzf; empty lines and comments (#) are passed over.
//
// BEDPE: identity in per cent and the alignment's columns are read from columns 11 and 12 where
// they are numbers, as ours are; else the copies count as identical. PAF: from columns 10 and 11.

#include "io/record.h"

#include <string>
#include <vector>

namespace heddle::io {

/// Every pair in the file's order, but for a place paired with itself. Throws InputError naming the
/// file and the line.
std::vector<Pair> read_pairs(const std::string& uri);

}  // namespace heddle::io
