#include "pipeline/annotated_genes.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace heddle::pipeline {
namespace {

/// As NCBI's annotations and gene finders mark them.
bool is_marked(const io::Gff3Row& row) {
  const std::string_view exception = row.attribute("exception");
  return row.attribute("partial") == "true" || row.attribute("pseudo") == "true" ||
         !row.attribute("pseudogene").empty() || !row.attribute("part").empty() ||
         exception == "ribosomal slippage" || exception == "ribosomal_slippage";
}

bool says_mark(const io::Gff3Row& row) {
  constexpr const char* kLetters[] = {"partial=true", "part=", "pseudo", "ribosomal slippage"};
  return std::ranges::any_of(kLetters, [&row](const char* letters) {
    return row.attributes.find(letters) != std::string::npos;
  });
}

int genetic_code_of(const io::Gff3Row& row) {
  const std::string_view text = row.attribute("transl_table");
  int code = 0;
  std::from_chars(text.data(), text.data() + text.size(), code);
  return code;
}

}  // namespace

std::vector<AnnotatedGene> annotated_genes(const io::Gff3File& file) {
  std::vector<AnnotatedGene> genes;
  std::map<std::pair<std::string, std::string>, std::size_t> by_id;
  for (const io::Gff3Row& row : file.rows) {
    if (row.type != "CDS") continue;
    const std::string id(row.attribute("ID"));
    const auto [known, fresh] = by_id.try_emplace({row.sequence, id}, genes.size());
    const bool joins = !fresh && !id.empty() && genes[known->second].strand == row.strand;
    if (!joins) {
      known->second = genes.size();
      genes.push_back({row.sequence, row.strand, row.start, row.end, {}, false, 0});
    }
    AnnotatedGene& gene = genes[known->second];
    gene.start = std::min(gene.start, row.start);
    gene.end = std::max(gene.end, row.end);
    gene.marked = gene.marked || is_marked(row);
    if (gene.genetic_code == 0) gene.genetic_code = genetic_code_of(row);
    gene.parts.emplace_back(row.start, row.end);
  }
  return genes;
}

std::vector<AnnotatedGene> genes_by_row(const io::Gff3File& file) {
  std::vector<AnnotatedGene> genes;
  for (const io::Gff3Row& row : file.rows) {
    if (row.type != "CDS") continue;
    genes.push_back({row.sequence,
                     row.strand,
                     row.start,
                     row.end,
                     {{row.start, row.end}},
                     says_mark(row),
                     genetic_code_of(row)});
  }
  return genes;
}

}  // namespace heddle::pipeline
