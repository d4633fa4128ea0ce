#pragma once
// bigWig (Kent et al. 2010, doi 10.1093/bioinformatics/btq351) by libBigWig: the values of bedGraph
// (value_sink.h), packed, indexed and summed for zooming, as genome browsers load them in parts.
//
// The file begins with the names and lengths of all sequences, sorted by name, so that runs wait in
// a nameless temporary file (12 bytes a run) and the file is made at the end, in memory, for
// libBigWig needs one to go back in and bears no full disk; a run can not go on where it was
// interrupted. Values are fp32 and positions 32 bits: a longer sequence is an OutputError. A
// sequence whose length nobody told is as long as its last run; an interrupted run that has no
// sequence with a length leaves an empty file. Failures have no place in it: they stand in the
// report and in the other formats.
//
// Example: heddle genome genome.fa -O bw --values coding -o coding.bw

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

/// Empty where bigWig can be written; else why not, one sentence.
std::string bigwig_absent();
std::unique_ptr<Sink> open_bigwig(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
