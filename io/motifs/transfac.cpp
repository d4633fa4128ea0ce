#include "io/motifs/motif_format.h"

#include <algorithm>

namespace heddle::io {
namespace {

struct Entry {
  std::string accession;               // AC
  std::string id;                      // ID
  std::string name;                    // NA
  std::array<std::size_t, 4> place{};  // of A C G T among a row's numbers
  bool in_matrix = false;
  bool begun = false;
  std::int64_t started = 0;
  Motif motif;
};

std::string label(const Entry& entry) {
  if (!entry.accession.empty()) return entry.accession;
  return entry.id.empty() ? "without a name" : entry.id;
}

// 'P0 A C G T': the letters in any order.
void read_letters(const MotifText& text, Entry& entry) {
  if (!entry.motif.counts.empty()) text.fail("motif " + label(entry) + " has a second matrix");
  const auto words = text.words();
  std::size_t found = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t base =
        words[i].size() == 1 ? std::string_view("ACGT").find(words[i] == "U" ? 'T' : words[i][0])
                             : std::string_view::npos;
    if (base == std::string_view::npos) {
      text.fail("'" + std::string(words[i].substr(0, 20)) +
                "' is no letter of DNA; matrices over A C G T are scanned");
    }
    entry.place[base] = i;
    found |= std::size_t{1} << base;
  }
  if (words.size() != 5 || found != 15) text.fail("expected the four letters A C G T behind P0");
  entry.in_matrix = true;
  entry.motif.id = label(entry);
}

void read_row(const MotifText& text, Entry& entry) {
  const auto words = text.words();
  if (words.size() < 5) {
    text.fail("a row of motif " + label(entry) + " has " + std::to_string(words.size() - 1) +
              " counts, needs 4");
  }
  std::array<double, 4> counts{};
  for (std::size_t base = 0; base < 4; ++base) counts[base] = text.number(words[entry.place[base]]);
  text.add_column(entry.motif, counts);
}

void finish(MotifText& text, Entry& entry) {
  if (entry.begun) {
    entry.motif.id = label(entry);
    entry.motif.name = !entry.name.empty() || entry.accession.empty() ? entry.name : entry.id;
    text.add(std::move(entry.motif), entry.started);
  }
  entry = Entry{};
}

std::string value_of(std::string_view line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t", 2), line.size());
  return std::string(line.substr(begin));
}

bool starts_with_digit(std::string_view line) { return line[0] >= '0' && line[0] <= '9'; }

void read_line(MotifText& text, Entry& entry) {
  const std::string_view line = text.line();
  const std::string_view key = line.substr(0, line.find_first_of(" \t"));
  if (key == "//") return finish(text, entry);
  if (entry.in_matrix && starts_with_digit(line)) return read_row(text, entry);
  entry.in_matrix = false;
  if (key.size() != 2) {
    text.fail("expected a TRANSFAC line (AC, ID, P0, //, ...), found '" +
              std::string(line.substr(0, 20)) + "'");
  }
  if (key == "XX" || key == "VV") return;
  if (!entry.begun) entry.started = text.line_number();
  entry.begun = true;
  if (key == "AC") entry.accession = value_of(line);
  if (key == "ID") entry.id = value_of(line);
  if (key == "NA") entry.name = value_of(line);
  if (key == "P0" || key == "PO") read_letters(text, entry);
}

}  // namespace

bool looks_like_transfac(std::string_view content) {
  for (const char* key : {"AC", "ID", "NA", "XX", "VV", "DE", "P0", "PO"}) {
    if (!content.starts_with(key) || content.size() < 3) continue;
    const bool ends = std::string_view(" \t\r\n").find(content[2]) != std::string_view::npos;
    // GenBank's sister EMBL begins like this too; only matrices have a row of letters.
    return ends && (content.find("\nP0") != content.npos || content.find("\nPO") != content.npos ||
                    key[0] == 'P');
  }
  return false;
}

void read_transfac(MotifText& text) {
  Entry entry;
  while (text.next()) read_line(text, entry);
  // A last entry without its // is what a file cut short looks like.
  if (entry.begun) {
    text.fail_at(entry.started, "motif " + label(entry) + " has no end (//); is the file whole?");
  }
}

}  // namespace heddle::io
