#include "io/formats/bases.h"
#include "io/motifs/motif_format.h"

#include <optional>

namespace heddle::io {
namespace {

void append_letters(const MotifText& text, Motif& motif) {
  for (const char given : text.line()) {
    if (given == ' ' || given == '\t') continue;
    const bool lower = given >= 'a' && given <= 'z';
    const char upper = lower ? static_cast<char>(given - 'a' + 'A') : given;
    const char letter = upper == 'U' ? 'T' : upper;
    if (std::string_view("ACGTRYSWKMBDHVN").find(letter) == std::string_view::npos) {
      text.fail("motif " + motif.id + ": " + not_a_nucleotide(static_cast<unsigned char>(given)) +
                "; patterns are IUPAC letters");
    }
    if (motif.pattern.size() == kMostColumns) {
      text.fail("motif " + motif.id + " has more than " + std::to_string(kMostColumns) +
                " letters, the most that are scanned");
    }
    motif.pattern += letter;
  }
}

}  // namespace

bool looks_like_patterns(std::string_view content) { return content.starts_with('>'); }

void read_patterns(MotifText& text) {
  std::optional<Motif> open;
  std::int64_t started = 0;
  while (text.next()) {
    if (text.line()[0] != '>') {
      append_letters(text, *open);
      continue;
    }
    if (open) text.add(std::move(*open), started);
    started = text.line_number();
    open = motif_named(text.line().substr(1));
    if (open->id.empty()) text.fail("the pattern has no name behind '>'");
  }
  if (open) text.add(std::move(*open), started);
}

}  // namespace heddle::io
