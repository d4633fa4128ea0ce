#pragma once
// GenBank flat files (NCBI, release notes 3.4): sequences read with or without annotation, and
// genes written as annotated records.
//
// Read: the bases of ORIGIN; the name of VERSION, else of ACCESSION, else of LOCUS, as NCBI names
// the same sequence in FASTA and GFF3; circular as LOCUS says. A record whose bases are elsewhere
// (CONTIG, WGS) is refused. Genes of a record: annotation.h.
//
// Written: a record a sequence, its bases included, when the sequence has ended (bases and features
// wait in Spools). A CDS has /locus_tag (its ID), /codon_start, /transl_table, /translation, and as
// /note what else is known. A gene of several parts is a join with /artificial_location, as NCBI
// marks frames broken by sequencing errors; one over the origin of a circle is a join too. < and >
// stand where a gene runs off an edge. The date is fixed, so that equal inputs give equal bytes.
// Interruption: the record under way ends at the bases seen. Failures stand in the report and in
// the other formats.
//
// Example: heddle genome contigs.fa -O gbk -o genes.gbk

#include "io/format.h"

#include <memory>
#include <string>

namespace heddle::io {

bool looks_like_genbank(const Head& head);
std::unique_ptr<Source> open_genbank(std::unique_ptr<PeekedInput> input,
                                     const SourceOptions& options);
std::unique_ptr<Sink> open_genbank_sink(const std::string& path, const SinkOptions& options);

}  // namespace heddle::io
