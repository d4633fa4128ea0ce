#pragma once
// The HTML report of a genome job: one self-contained page (io/report) that shows what was found.
//
//   genes    counts, histograms of length and score; of each sequence a map of both strands (a
//            circle too where the source says so), coding density, GC, GC skew
//   repeats  of each sequence a dot plot of pairs (direct, inverted), a map of copies and arrays (a
//            circle where the source says so), tables of families and of the longest arrays
//   motifs   the motifs with most sites; of each sequence where their sites lie
//
// Drawn are the longest kDrawn sequences, and of each the longest pairs, copies, arrays and genes:
// a page of a human chromosome stays below 2 MB. What was left out is said where it would be.
// Memory: the notes of the sequences drawn and of those under way (sequence_notes.h). The page
// appears at close(); it is written whole, also of a run that was interrupted or failed, and says
// so.
//
// Example: heddle genome genome.fa --task repeats -O html -o repeats.html

#include "io/sink.h"

#include <memory>
#include <string>

namespace heddle::io {

std::unique_ptr<Sink> open_genome_page(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
