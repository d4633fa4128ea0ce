#include "pipeline/pack/packer.h"

#include "io/error.h"
#include "io/formats/annotation.h"
#include "io/source.h"
#include "pipeline/heads/genes/genetic_code.h"

#include <map>
#include <utility>
#include <variant>

namespace heddle::pipeline {
namespace {

using GenesBySequence = std::map<std::string, std::vector<AnnotatedGene>>;

GenesBySequence genes_by_sequence(const std::string& gff) {
  GenesBySequence genes;
  for (AnnotatedGene& gene : annotated_genes(io::read_annotation(gff))) {
    genes[gene.sequence].push_back(std::move(gene));
  }
  if (genes.empty()) {
    throw io::InputError(gff + ": has no rows of type CDS; there is nothing to learn from");
  }
  return genes;
}

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
  report.bases += sequence.labels.size();
  ++report.sequences;
  writer.add(std::move(sequence));
}

void pack_one(const PackInput& input,
              const PackSettings& settings,
              DataSetWriter& writer,
              PackReport& report) {
  const GenesBySequence genes = genes_by_sequence(input.gff);
  std::string first_name;
  bool any = false;
  for_sequences(
      input.fasta, settings.stop, [&](const std::string& name, const std::string& letters) {
        if (first_name.empty()) first_name = name;
        const auto found = genes.find(name);
        any = any || found != genes.end();
        const std::vector<AnnotatedGene> none;
        LabelCounts counts;
        LabelledSequence sequence = label_sequence(name,
                                                   letters,
                                                   found == genes.end() ? none : found->second,
                                                   settings.genetic_code,
                                                   counts);
        pack_sequence(std::move(sequence), counts, writer, report);
      });
  report.stopped = settings.stop && settings.stop();
  if (!any && !report.stopped) {
    throw io::InputError(input.gff + ": has genes of '" + genes.begin()->first +
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
