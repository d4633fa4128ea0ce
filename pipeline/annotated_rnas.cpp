#include "pipeline/annotated_rnas.h"

#include "pipeline/rna_kinds.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr int kTransferRna = 0, kTransferMessengerRna = 1, kSmallest = 2, kSmall = 3, kLarge = 4;

/// All that an annotation says in words, in lower case.
std::string words_of(const io::Gff3Row& row) {
  std::string words;
  for (const char* key : {"product", "gene", "Name"}) {
    words.append(" ").append(io::gff3_unescaped(row.attribute(key)));
  }
  for (char& letter : words) {
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return words;
}

bool says_any(const std::string& words, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return words.find(name) != std::string::npos;
  });
}

/// '23S' before '5S', which others of the words may hold.
int ribosomal_by_words(const std::string& words) {
  if (says_any(words, {"23s", "lsu", "large subunit"})) return kLarge;
  if (says_any(words, {"16s", "ssu", "small subunit"})) return kSmall;
  return says_any(words, {" 5s", "5s_rrna", "5srrna"}) ? kSmallest : -1;
}

int ribosomal_by_length(std::int64_t length) {
  for (const int kind : {kSmallest, kSmall, kLarge}) {
    const RnaKind& one = rna_kinds()[static_cast<std::size_t>(kind)];
    if (length >= one.shortest && length <= one.longest) return kind;
  }
  return -1;
}

/// Of an rRNA -1 where only its length can tell; nothing where the row is no RNA gene.
std::optional<int> kind_of(const io::Gff3Row& row) {
  const std::string& type = row.type;
  if (type == "tRNA" || type == "pseudogenic_tRNA") return kTransferRna;
  if (type == "tmRNA") return kTransferMessengerRna;
  if (type == "rRNA" || type == "pseudogenic_rRNA") return ribosomal_by_words(words_of(row));
  if (type != "ncRNA" && type != "misc_RNA") return std::nullopt;
  const bool named = says_any(words_of(row), {"tmrna", "ssra", "10sa rna", "transfer-messenger"});
  return named ? std::optional(kTransferMessengerRna) : std::nullopt;
}

bool is_marked(const io::Gff3Row& row) {
  return row.type.starts_with("pseudogenic") || row.attribute("partial") == "true" ||
         row.attribute("pseudo") == "true" || !row.attribute("pseudogene").empty() ||
         io::gff3_unescaped(row.attribute("product")).ends_with("(partial)");
}

}  // namespace

std::vector<AnnotatedRna> annotated_rnas(const io::Gff3File& file) {
  std::vector<AnnotatedRna> genes;
  std::map<std::pair<std::string, std::string>, std::size_t> by_id;
  for (const io::Gff3Row& row : file.rows) {
    const std::optional<int> kind = kind_of(row);
    if (!kind) continue;
    const std::string id(row.attribute("ID"));
    const auto [known, fresh] = by_id.try_emplace({row.sequence, id}, genes.size());
    const bool joins = !fresh && !id.empty() && genes[known->second].strand == row.strand;
    if (!joins) {
      known->second = genes.size();
      genes.push_back({row.sequence, row.strand, row.start, row.end, *kind, false});
    }
    AnnotatedRna& gene = genes[known->second];
    gene.start = std::min(gene.start, row.start);
    gene.end = std::max(gene.end, row.end);
    gene.marked = gene.marked || is_marked(row);
  }
  for (AnnotatedRna& gene : genes) {
    if (gene.kind < 0) gene.kind = ribosomal_by_length(gene.end - gene.start);
  }
  return genes;
}

}  // namespace heddle::pipeline
