#pragma once
// THE LIST of RNA genes that a model may tell, in the order of its classes: 0 is none, and each
// kind has two, 1 + 2 i on the + and 2 + 2 i on the - strand. A model says with its fields "rna",
// the first of these channels of its logits, and "rna_kinds", these names, that it has them.
// Threads: plain functions and constants.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace heddle::pipeline {

struct RnaKind {
  std::string_view name;     // 16S
  std::string_view type;     // Sequence Ontology, and what --classes calls it: rRNA
  std::string_view product;  // 16S ribosomal RNA
  int shortest = 0;          // bases; from the annotations of fifteen genomes and the literature
  int longest = 0;
  int shortest_open = 0;  // of what is seen of one that runs off an edge
};

inline constexpr int kRnaKinds = 5;
inline constexpr int kRnaClasses = 1 + 2 * kRnaKinds;
inline constexpr int kFrameChannels = 8;  // of logits: none or a phase, of either strand

std::span<const RnaKind, kRnaKinds> rna_kinds();
/// "tRNA tmRNA 5S 16S 23S": the field "rna_kinds".
std::string rna_kind_names();

/// The class of the kind with this place in the list.
constexpr std::uint8_t rna_class(int kind, char strand) {
  return static_cast<std::uint8_t>(1 + 2 * kind + (strand == '-' ? 1 : 0));
}
constexpr int kind_of_class(int rna_class) { return (rna_class - 1) / 2; }
constexpr char strand_of_class(int rna_class) { return rna_class % 2 == 1 ? '+' : '-'; }
/// The class that the same gene has on the other strand; none stays none.
constexpr int turned(int rna_class) { return rna_class == 0 ? 0 : ((rna_class - 1) ^ 1) + 1; }

/// Where the RNA classes of a model begin among the channels of its logits, from its fields; -1
/// where it has none. Throws std::invalid_argument where the fields contradict this list.
int rna_channel(const std::map<std::string, std::string, std::less<>>& fields);

}  // namespace heddle::pipeline
