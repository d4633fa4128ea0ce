#include "io/motifs/motif_format.h"

#include <filesystem>

namespace heddle::io {
namespace {

constexpr std::string_view kLetters = "ACGT";

bool is_blank(char letter) { return letter == ' ' || letter == '\t'; }

bool starts_number(char letter) { return (letter >= '0' && letter <= '9') || letter == '.'; }

// 'A [ 12', 'A 12', 'A[12', '12 3': not 'ACGT', 'A' or 'a protein'.
bool starts_row(std::string_view line) {
  const bool letter = !line.empty() && std::string_view("ACGTU").find(line[0]) != line.npos;
  std::string_view rest = line.substr(letter ? 1 : 0);
  while (!rest.empty() && (is_blank(rest[0]) || rest[0] == '|')) rest.remove_prefix(1);
  if (rest.empty()) return false;
  return starts_number(rest[0]) || rest[0] == '[';
}

// Which base the row is for: its letter, else the next in order. Takes the letter off.
std::size_t base_of_row(const MotifText& text, std::string_view& row, std::size_t rows) {
  const char letter = row[0] == 'U' ? 'T' : row[0];
  const std::size_t named = kLetters.find(letter);
  if (named != kLetters.npos) {
    row.remove_prefix(1);
    return named;
  }
  if (!starts_number(letter) && letter != '[') {
    text.fail("a row of counts for A, C, G or T was expected, found '" +
              std::string(row.substr(0, 20)) + "'");
  }
  return rows;
}

std::vector<double> numbers(const MotifText& text, std::string_view row) {
  constexpr std::string_view kBetween = " \t[]|";
  std::vector<double> found;
  std::size_t at = row.find_first_not_of(kBetween);
  while (at != row.npos) {
    const std::size_t end = std::min(row.find_first_of(kBetween, at), row.size());
    found.push_back(text.number(row.substr(at, end - at)));
    at = row.find_first_not_of(kBetween, end);
  }
  return found;
}

/// The four rows of one matrix, as they come.
class Rows {
 public:
  bool complete() const { return count_ == 4; }

  void take(const MotifText& text, const std::string& id) {
    std::string_view row = text.line();
    const std::size_t base = base_of_row(text, row, count_);
    if (!rows_[base].empty()) {
      text.fail("motif " + id + " has a second row for " + kLetters[base]);
    }
    rows_[base] = numbers(text, row);
    const std::size_t columns = rows_[base].size();
    if (columns == 0) text.fail("motif " + id + ": the row holds no number");
    if (columns > kMostColumns) {
      text.fail("motif " + id + " has " + std::to_string(columns) + " columns; at most " +
                std::to_string(kMostColumns) + " are scanned");
    }
    if (count_ > 0 && columns != columns_) {
      text.fail("motif " + id + ": this row has " + std::to_string(columns) +
                " columns, those above have " + std::to_string(columns_));
    }
    columns_ = columns;
    ++count_;
  }

  void fill(const MotifText& text, Motif& motif) const {
    for (std::size_t i = 0; i < columns_; ++i) {
      text.add_column(motif, {rows_[0][i], rows_[1][i], rows_[2][i], rows_[3][i]});
    }
  }

 private:
  std::array<std::vector<double>, 4> rows_;
  std::size_t count_ = 0;
  std::size_t columns_ = 0;
};

void read_matrix(MotifText& text, Motif motif, std::int64_t started) {
  Rows rows;
  while (!rows.complete()) {
    if (!text.next() || text.line()[0] == '>') {
      text.fail_at(started, "motif " + motif.id + " has not the four rows A, C, G and T");
    }
    rows.take(text, motif.id);
  }
  rows.fill(text, motif);
  text.add(std::move(motif), started);
}

}  // namespace

bool looks_like_jaspar(std::string_view content) {
  if (!content.starts_with('>')) {
    return starts_row(content) && content[0] != '[';
  }
  const std::size_t end = content.find_first_of("\r\n");
  if (end == content.npos) return false;
  const std::size_t row = content.find_first_not_of(" \t\r\n", end);
  return row != content.npos && starts_row(content.substr(row));
}

void read_jaspar(MotifText& text) {
  while (text.next()) {
    const std::int64_t started = text.line_number();
    if (text.line()[0] == '>') {
      Motif motif = motif_named(text.line().substr(1));
      if (motif.id.empty()) text.fail("the motif has no name behind '>'");
      read_matrix(text, std::move(motif), started);
    } else {
      Motif motif;
      motif.id = std::filesystem::path(text.name()).stem().string();
      text.again();
      read_matrix(text, std::move(motif), started);
      if (text.next()) text.fail("a second matrix needs a line '>NAME' before it");
    }
  }
}

}  // namespace heddle::io
