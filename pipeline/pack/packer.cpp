#include "pipeline/pack/packer.h"

#include "io/error.h"
#include "io/source.h"

#include <map>
#include <utility>
#include <variant>

namespace heddle::pipeline {
namespace {

using GenesBySequence = std::map<std::string, std::vector<AnnotatedGene>>;

GenesBySequence genes_by_sequence(const std::string& gff) {
  GenesBySequence genes;
  for (AnnotatedGene& gene : annotated_genes(io::read_gff3(gff))) {
    genes[gene.sequence].push_back(std::move(gene));
  }
  if (genes.empty()) {
    throw io::InputError(gff + ": has no rows of type CDS; there is nothing to learn from");
  }
  return genes;
}

/// Calls with each whole sequence: name and letters.
template <class Use>
void for_sequences(const std::string& fasta, const Use& use) {
  io::SourceOptions options;
  options.wanted = io::SourceOptions::Wanted::kSequences;
  const auto source = io::open_source(fasta, options);
  std::string letters;
  while (auto sample = source->next()) {
    const auto& piece = std::get<io::Sequence>(*sample);
    if (piece.first) letters.clear();
    letters += piece.bases;
    if (piece.last) use(piece.name, letters);
  }
}

void pack_one(const PackInput& input,
              const PackSettings& settings,
              ShardWriter& writer,
              PackReport& report) {
  const GenesBySequence genes = genes_by_sequence(input.gff);
  std::string first_name;
  bool any = false;
  for_sequences(input.fasta, [&](const std::string& name, const std::string& letters) {
    if (first_name.empty()) first_name = name;
    const auto found = genes.find(name);
    any = any || found != genes.end();
    const std::vector<AnnotatedGene> none;
    writer.add(label_sequence(name,
                              letters,
                              found == genes.end() ? none : found->second,
                              settings.genetic_code,
                              report.genes));
    ++report.sequences;
    report.bases += static_cast<std::int64_t>(letters.size());
  });
  if (!any) {
    throw io::InputError(input.gff + ": has genes of '" + genes.begin()->first +
                         "', but no sequence of " + input.fasta +
                         " has such a name (its first is '" + first_name + "')");
  }
}

}  // namespace

PackReport pack(std::span<const PackInput> inputs, const PackSettings& settings) {
  PackReport report;
  ShardWriter writer(settings.folder, settings.shard_bases);
  for (const PackInput& input : inputs) pack_one(input, settings, writer, report);
  report.shards = writer.finish();
  return report;
}

}  // namespace heddle::pipeline
