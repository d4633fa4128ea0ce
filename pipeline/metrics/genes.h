#pragma once
// Coding sequences against an annotation. Rows of type CDS count; those of one sequence with one ID
// are the parts of one gene. A gene is found when one with its 3' end, on its strand, is predicted
// (its stop codon is exact, and with it the frame), and exact when the 5' end agrees too: how gene
// finders of prokaryotes have been compared since Glimmer (Salzberg et al., 1998).
//
// Not judged, and no fault when predicted: genes of the truth that run off their sequence's end or
// touch it, have several parts or a length that is no multiple of three, or are marked partial or
// pseudo. Bases are those of all CDS, judged or not, once a strand. Threads: any.
//
// By row instead, for numbers to be laid beside those of scorers of a few lines: each row is a gene
// by itself, a mark is its letters anywhere in the attributes, and only rows of type region tell
// where a sequence ends.

#include "io/formats/gff3_rows.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

enum class GeneRules : std::uint8_t { kById, kByRow };

/// id, row.
std::vector<std::string> gene_rules_names();
/// Throws std::invalid_argument naming the choices.
GeneRules gene_rules_named(std::string_view name);

struct GeneScore {
  std::int64_t truths = 0;     // judged genes of the truth
  std::int64_t found = 0;      // of them, by the 3' end
  std::int64_t exact = 0;      // of these, by the 5' end too
  std::int64_t predicted = 0;  // genes predicted, those of one 3' end once
  std::int64_t right = 0;      // of them, with a 3' end of the truth, judged or not
  std::int64_t extra = 0;  // of them, with no such end, and not half covered by what is not judged
  std::int64_t true_bases = 0, predicted_bases = 0, shared_bases = 0;

  double recall() const { return share(found, truths); }
  double precision() const { return share(right, right + extra); }
  double f1() const;
  double start_accuracy() const { return share(exact, found); }
  double exact_recall() const { return share(exact, truths); }
  double base_recall() const { return share(shared_bases, true_bases); }
  double base_precision() const { return share(shared_bases, predicted_bases); }

 private:
  static double share(std::int64_t part, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
  }
};

/// `min_length`: bases, of genes of the truth that are judged.
GeneScore score_genes(const io::Gff3File& truth,
                      const io::Gff3File& predicted,
                      std::int64_t min_length = 90,
                      GeneRules rules = GeneRules::kById);

}  // namespace heddle::pipeline
