#pragma once
// BEDPE: one line a pair, 0-based half-open: both places, name, score, both strands, then identity
// in per cent, the alignment's columns and the pair's attributes as key=value;...
//
// The score column is the score rounded into 0..1000, as BED has it. Failures are comments.
//
// Example: heddle genome genome.fa --task repeats -O bedpe -o pairs.bedpe

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_bedpe(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
