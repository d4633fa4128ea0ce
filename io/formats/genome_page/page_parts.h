#pragma once
// The sections of a genome page. Each adds to the page what the notes hold; nothing where they
// hold nothing of its kind.

#include "io/formats/genome_page/genome_notes.h"
#include "io/report/page.h"

#include <string>

namespace heddle::io {

void add_gene_sums(report::Page& page, const GenomeNotes& notes);
void add_genes(report::Page& page, const SequenceNotes& notes);

/// A table, by place.
void add_rnas(report::Page& page, const SequenceNotes& notes);
/// The same of CRISPR arrays.
void add_crisprs(report::Page& page, const SequenceNotes& notes);

void add_repeats(report::Page& page, const SequenceNotes& notes);

/// The motifs with most sites, over the sequences drawn.
void add_motif_sums(report::Page& page, const GenomeNotes& notes);
void add_sites(report::Page& page, const SequenceNotes& notes);

/// "chr20, 63,025,520 bases" and what shape it has.
std::string heading_of(const SequenceNotes& notes);
/// "12,345-12,900": 1-based, inclusive.
std::string place_text(std::int64_t start, std::int64_t end);
/// "91.2 %".
std::string share_text(double part, double whole);

}  // namespace heddle::io
