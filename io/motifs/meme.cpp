#include "io/motifs/motif_format.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace heddle::io {
namespace {

constexpr double kSitesUnknown = 20;  // what MEME's own tools assume

// 'ALPHABET= ACGT' or 'ALPHABET "DNA" DNA-LIKE'.
void check_alphabet(const MotifText& text) {
  std::string line(text.line());
  const bool dna = line.find("ACGT") != line.npos || line.find("DNA-LIKE") != line.npos ||
                   line.find("ACGU") != line.npos || line.find("RNA-LIKE") != line.npos;
  const std::size_t letters = line.find('=');
  std::string given = letters == line.npos ? "" : line.substr(letters + 1);
  std::erase(given, ' ');
  if (!dna || given.size() > 4) {
    text.fail("the alphabet is not DNA ('" + line.substr(0, 60) +
              "'); matrices over A C G T are "
              "scanned");
  }
}

// The number behind 'key=' or 'key= '.
std::optional<double> value_of(const MotifText& text, std::string_view key) {
  const auto words = text.words();
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with(key)) continue;
    if (words[i].size() > key.size()) return text.number(words[i].substr(key.size()));
    if (i + 1 < words.size()) return text.number(words[i + 1]);
  }
  return std::nullopt;
}

void read_rows(MotifText& text, Motif& motif) {
  if (const auto letters = value_of(text, "alength="); letters && *letters != 4) {
    text.fail("motif " + motif.id + " is over " + std::to_string(std::lround(*letters)) +
              " letters; matrices over A C G T are scanned");
  }
  const auto width = value_of(text, "w=");
  if (width && !(*width >= 1 && *width <= static_cast<double>(kMostColumns))) {
    text.fail("motif " + motif.id + " has a width (w=) outside 1 to " +
              std::to_string(kMostColumns));
  }
  const double sites = std::max(value_of(text, "nsites=").value_or(kSitesUnknown), 1.0);
  const std::int64_t started = text.line_number();
  while (text.next()) {
    const auto words = text.words();
    const bool row = words[0][0] == '.' || (words[0][0] >= '0' && words[0][0] <= '9');
    if (!row) {
      text.again();
      break;
    }
    if (words.size() != 4) {
      text.fail("a row of motif " + motif.id + " has " + std::to_string(words.size()) +
                " numbers, needs 4");
    }
    std::array<double, 4> counts{};
    for (std::size_t base = 0; base < 4; ++base) counts[base] = sites * text.number(words[base]);
    text.add_column(motif, counts);
  }
  if (width && static_cast<double>(motif.counts.size()) != *width) {
    text.fail_at(started,
                 "motif " + motif.id + " says w= " + std::to_string(std::lround(*width)) +
                     " and has " + std::to_string(motif.counts.size()) + " rows");
  }
}

struct Open {
  Motif motif;
  std::int64_t started = 0;
};

void finish(MotifText& text, std::optional<Open>& open) {
  if (!open) return;
  if (open->motif.counts.empty()) {
    text.fail_at(open->started, "motif " + open->motif.id + " has no letter-probability matrix");
  }
  text.add(std::move(open->motif), open->started);
  open.reset();
}

}  // namespace

bool looks_like_meme(std::string_view content) { return content.starts_with("MEME version"); }

void read_meme(MotifText& text) {
  std::optional<Open> open;
  while (text.next()) {
    const std::string_view line = text.line();
    if (line.starts_with("ALPHABET")) {
      check_alphabet(text);
    } else if (line.starts_with("MOTIF")) {
      finish(text, open);
      open = Open{motif_named(line.substr(5)), text.line_number()};
      if (open->motif.id.empty()) text.fail("the motif has no name behind MOTIF");
    } else if (line.starts_with("letter-probability")) {
      if (!open || !open->motif.counts.empty()) {
        text.fail("a letter-probability matrix without a MOTIF line before it");
      }
      read_rows(text, open->motif);
    }
  }
  finish(text, open);
}

}  // namespace heddle::io
