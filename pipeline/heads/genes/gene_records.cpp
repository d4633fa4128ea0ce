#include "pipeline/heads/genes/gene_records.h"

#include "pipeline/heads/genes/gene_starts.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace heddle::pipeline {
namespace {

using Kind = GeneEvent::Kind;

// GFF3's phase: bases from the part's 5' end to the next codon boundary of its frame.
int phase_of(char strand, std::int64_t start, std::int64_t end, int frame) {
  const std::int64_t bases = strand == '+' ? frame - start % 3 : end % 3 - frame;
  return static_cast<int>((bases + 3) % 3);
}

// "1-based position:kind", ascending, a space between them, of what was inserted or where something
// was lost.
std::string describe(const std::vector<GeneEvent>& shifts, std::int64_t moved) {
  std::string text;
  for (const GeneEvent& shift : shifts) {
    text += (text.empty() ? "" : " ") + std::to_string(shift.position + 1 - moved) +
            (shift.kind == Kind::kInsertion ? ":insertion" : ":deletion");
  }
  return text;
}

}  // namespace

std::vector<io::Attribute> gene_attributes(bool lifted) {
  using Type = io::Attribute::Type;
  std::vector<io::Attribute> all{{"start_type"}, {"transl_table", Type::kInteger}};
  if (lifted) {
    all.push_back({"read"});
    all.push_back({"mapq", Type::kInteger});
  } else {
    all.push_back({"frameshift"});
  }
  return all;
}

GeneRecords::GeneRecords(const GeneOptions& options,
                         const GeneticCode& code,
                         const GeneWindow& window)
    : options_(options), code_(code), window_(window) {}

void GeneRecords::clear(std::string sequence) {
  sequence_ = std::move(sequence);
  wrap_ = 0;
  genes_.clear();
}

void GeneRecords::take(const GeneEvent& event) {
  if (event.kind == Kind::kOpen) return open(event);
  Gene& gene = open_gene(event.strand, event.old_frame);
  gene.worth += event.worth;
  if (event.kind == Kind::kClose) {
    close(gene, event);
  } else {
    shift(gene, event);
  }
}

void GeneRecords::open(const GeneEvent& event) {
  Gene gene;
  gene.strand = event.strand;
  gene.frame = event.frame;
  gene.worth = event.worth;
  gene.left_edge = event.at_edge;
  gene.parts.push_back({event.position, event.position, event.frame});
  if (gene.strand == '+' && !event.at_edge) {
    gene.start_type = window_.letters(event.position, event.position + 3);
  }
  genes_.push_back(std::move(gene));
}

void GeneRecords::shift(Gene& gene, const GeneEvent& event) const {
  const bool insertion = event.kind == Kind::kInsertion;
  gene.parts.back().end = event.position;
  const std::int64_t next = event.position + (insertion ? 1 : 0);
  gene.parts.push_back({next, next, event.frame});
  gene.frame = event.frame;
  gene.shifts.push_back(event);
}

void GeneRecords::close(Gene& gene, const GeneEvent& event) const {
  gene.open = false;
  gene.parts.back().end = event.position;
  gene.right_edge = event.at_edge;
  if (gene.strand == '-' && !event.at_edge) {
    gene.start_type = reverse_complement(window_.letters(event.position - 3, event.position));
  }
  if (options_.wants_sequences && gene.parts.front().start >= window_.begin()) {
    gene.nucleotides = nucleotides(gene);
  }
}

GeneRecords::Gene& GeneRecords::open_gene(char strand, int frame) {
  for (Gene& gene : genes_) {
    if (gene.open && gene.strand == strand && gene.frame == frame) return gene;
  }
  throw std::logic_error("gene records: an event of a gene that is not open");
}

bool GeneRecords::next(io::Interval& record) {
  while (!genes_.empty() && !genes_.front().open) {
    Gene gene = std::move(genes_.front());
    genes_.pop_front();
    if (!long_enough(gene)) continue;
    record = this->record(gene);
    return true;
  }
  return false;
}

std::int64_t GeneRecords::oldest_open(std::int64_t otherwise) const {
  for (const Gene& gene : genes_) {
    if (gene.open) return gene.parts.front().start;
  }
  return otherwise;
}

// The lattice's starts look at the length to the next stop only; with frameshifts, and beside gaps,
// the gene may turn out shorter.
bool GeneRecords::long_enough(const Gene& gene) const {
  const std::int64_t length = gene.parts.back().end - gene.parts.front().start;
  const bool open_ended = gene.left_edge || gene.right_edge;
  return length >= (open_ended ? options_.min_open_length : options_.min_length);
}

std::string GeneRecords::nucleotides(const Gene& gene) const {
  std::string text;
  for (std::size_t i = 0; i < gene.parts.size(); ++i) {
    const Part& part = gene.parts[i];
    // Parts that touch are a codon that lost a base.
    if (i > 0 && gene.parts[i - 1].end == part.start) text.push_back('N');
    text += window_.letters(part.start, part.end);
  }
  return gene.strand == '+' ? text : reverse_complement(text);
}

io::Interval GeneRecords::record(Gene& gene) const {
  io::Interval made;
  made.sequence = sequence_;
  made.type = "CDS";
  made.strand = gene.strand;
  const std::int64_t moved = wrap_ > 0 && gene.parts.front().start >= wrap_ ? wrap_ : 0;
  for (const Part& part : gene.parts) {
    made.parts.push_back({part.start - moved,
                          part.end - moved,
                          phase_of(gene.strand, part.start, part.end, part.frame)});
  }
  made.score = to_nats(gene.worth);
  made.partial_start = gene.strand == '+' ? gene.left_edge : gene.right_edge;
  made.partial_end = gene.strand == '+' ? gene.right_edge : gene.left_edge;
  made.attributes.emplace_back("start_type", made.partial_start ? "Edge" : gene.start_type);
  made.attributes.emplace_back("transl_table", std::to_string(code_.table()));
  if (!gene.shifts.empty()) {
    made.attributes.emplace_back("frameshift", describe(gene.shifts, moved));
  }
  made.nucleotides = std::move(gene.nucleotides);
  made.protein = protein(gene, made);
  return made;
}

std::string GeneRecords::protein(const Gene& gene, const io::Interval& record) const {
  if (record.nucleotides.empty()) return {};
  const io::Interval::Part& first = gene.strand == '+' ? record.parts.front() : record.parts.back();
  std::string acids = code_.translate(
      std::string_view(record.nucleotides).substr(static_cast<std::size_t>(first.phase)),
      !record.partial_start);
  // A codon that gained a base is not looked up, yet what is left of it may read as a stop.
  if (record.partial_end && acids.ends_with('*')) acids.back() = 'X';
  return acids;
}

}  // namespace heddle::pipeline
