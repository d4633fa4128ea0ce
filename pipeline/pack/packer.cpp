#include "pipeline/pack/packer.h"

#include "io/error.h"
#include "io/formats/annotation.h"
#include "io/source.h"
#include "pipeline/annotated_rnas.h"
#include "pipeline/heads/genes/genetic_code.h"
#include "pipeline/pack/rna_labels.h"

#include <map>
#include <utility>
#include <variant>

namespace heddle::pipeline {
namespace {

template <class Gene>
using BySequence = std::map<std::string, std::vector<Gene>>;

template <class Gene>
BySequence<Gene> by_sequence(std::vector<Gene> all) {
  BySequence<Gene> genes;
  for (Gene& gene : all) genes[gene.sequence].push_back(std::move(gene));
  return genes;
}

template <class Gene>
std::span<const Gene> genes_of(const BySequence<Gene>& genes, const std::string& name) {
  const auto found = genes.find(name);
  return found == genes.end() ? std::span<const Gene>() : found->second;
}

struct Annotation {
  explicit Annotation(const std::string& gff) {
    const io::Gff3File file = io::read_annotation(gff);
    genes = by_sequence(annotated_genes(file));
    rnas = by_sequence(annotated_rnas(file));
    if (genes.empty()) {
      throw io::InputError(gff + ": has no rows of type CDS; there is nothing to learn from");
    }
  }

  LabelledSequence label(const std::string& name,
                         const std::string& letters,
                         int genetic_code,
                         LabelCounts& counts) const {
    LabelledSequence made =
        label_sequence(name, letters, genes_of(genes, name), genetic_code, counts);
    // An annotation without any says nothing of RNA genes: every genome has some.
    if (!rnas.empty()) label_rnas(genes_of(rnas, name), made.labels, counts);
    return made;
  }

  BySequence<AnnotatedGene> genes;
  BySequence<AnnotatedRna> rnas;
};

/// Calls with each whole sequence: name and letters.
template <class Use>
void for_sequences(const std::string& fasta, const std::function<bool()>& stop, const Use& use) {
  io::SourceOptions options;
  options.wanted = io::SourceOptions::Wanted::kSequences;
  const auto source = io::open_source(fasta, options);
  std::string letters;
  while (auto sample = source->next()) {
    if (stop && stop()) return;
    const auto* piece = std::get_if<io::Sequence>(&*sample);
    if (piece == nullptr) throw io::InputError(fasta + ": holds no sequences; --fasta is FASTA");
    if (piece->first) letters.clear();
    letters += piece->bases;
    if (piece->last) use(piece->name, letters);
  }
}

void pack_sequence(LabelledSequence sequence,
                   const LabelCounts& counts,
                   DataSetWriter& writer,
                   PackReport& report) {
  if (!GeneticCode::knows(sequence.genetic_code)) {
    report.left_out.push_back(sequence.name + " (genetic code " +
                              std::to_string(sequence.genetic_code) + ")");
    return;
  }
  report.genes.genes += counts.genes;
  report.genes.unlabelled += counts.unlabelled;
  report.genes.rnas += counts.rnas;
  report.genes.unlabelled_rnas += counts.unlabelled_rnas;
  report.bases += sequence.labels.size();
  ++report.sequences;
  writer.add(std::move(sequence));
}

void pack_one(const PackInput& input,
              const PackSettings& settings,
              DataSetWriter& writer,
              PackReport& report) {
  const Annotation annotation(input.gff);
  std::string first_name;
  bool any = false;
  for_sequences(
      input.fasta, settings.stop, [&](const std::string& name, const std::string& letters) {
        if (first_name.empty()) first_name = name;
        any = any || annotation.genes.contains(name);
        LabelCounts counts;
        LabelledSequence sequence = annotation.label(name, letters, settings.genetic_code, counts);
        pack_sequence(std::move(sequence), counts, writer, report);
      });
  report.stopped = settings.stop && settings.stop();
  if (!any && !report.stopped) {
    throw io::InputError(input.gff + ": has genes of '" + annotation.genes.begin()->first +
                         "', but no sequence of " + input.fasta +
                         " has such a name (its first is '" + first_name + "')");
  }
}

}  // namespace

PackReport pack(std::span<const PackInput> inputs, const PackSettings& settings) {
  PackReport report;
  DataSetWriter writer(settings.folder, settings.shard_bases, settings.overwrite);
  for (const PackInput& input : inputs) {
    pack_one(input, settings, writer, report);
    if (report.stopped) return report;
  }
  if (report.sequences == 0) {
    throw io::InputError(inputs.empty() || report.left_out.empty()
                             ? settings.folder + ": there is no sequence to pack"
                             : inputs[0].fasta + ": sequence " + report.left_out[0] +
                                   ": only codes 4 and 11 can be learned, and there is no other "
                                   "sequence");
  }
  report.shards = writer.finish();
  return report;
}

}  // namespace heddle::pipeline
