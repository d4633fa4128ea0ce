#include "io/motifs/motif_text.h"

#include "io/trimmed.h"

#include <charconv>
#include <cmath>
#include <utility>

namespace heddle::io {
namespace {

constexpr std::string_view kBlanks = " \t\v\f";
// A row of kMostColumns numbers is far shorter; more is read so that the message can count them.
constexpr std::size_t kLongestLine = std::size_t{16} << 20;

}  // namespace

bool MotifText::next() {
  if (std::exchange(again_, false)) return true;
  do {
    line_.clear();
    line_number_ = text_.line();
    if (!text_.append_line(line_, kLongestLine)) return false;
  } while (line().empty());
  return true;
}

std::string_view MotifText::line() const { return trimmed(line_, kBlanks); }

std::vector<std::string_view> MotifText::words() const {
  std::vector<std::string_view> found;
  std::string_view rest = line();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(kBlanks), rest.size());
    found.push_back(rest.substr(0, end));
    rest = trimmed(rest.substr(end), kBlanks);
  }
  return found;
}

void MotifText::fail(const std::string& what) const { fail_at(line_number_, what); }

void MotifText::fail_at(std::int64_t line, const std::string& what) const {
  text_.fail(line, what);
}

double MotifText::number(std::string_view word) const {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  const std::string shown = "'" + std::string(word.substr(0, 40)) + "'";
  if (error != std::errc{} || end != word.data() + word.size() || !std::isfinite(value)) {
    fail("expected a number, found " + shown);
  }
  if (value < 0) {
    fail(shown + " is negative; counts or probabilities are needed, not log-odds scores");
  }
  return value;
}

void MotifText::add_column(Motif& motif, const std::array<double, 4>& counts) const {
  const std::string column = "column " + std::to_string(motif.counts.size() + 1);
  if (motif.counts.size() == kMostColumns) {
    fail("motif " + motif.id + " has more than " + std::to_string(kMostColumns) +
         " columns, the most that are scanned");
  }
  const double sum = counts[0] + counts[1] + counts[2] + counts[3];
  if (!(sum > 0)) fail("motif " + motif.id + ": " + column + " holds only zeros");
  if (!std::isfinite(sum)) fail("motif " + motif.id + ": the counts of " + column + " overflow");
  motif.counts.push_back(counts);
}

void MotifText::add(Motif motif, std::int64_t started) {
  if (motif.counts.empty() && motif.pattern.empty()) {
    fail_at(started, "motif " + motif.id + " is empty");
  }
  if (motifs_.size() == kMostMotifs) {
    fail_at(started, "more than " + std::to_string(kMostMotifs) + " motifs; split the file");
  }
  motifs_.push_back(std::move(motif));
}

Motif motif_named(std::string_view words) {
  words = trimmed(words, kBlanks);
  const std::size_t end = std::min(words.find_first_of(kBlanks), words.size());
  Motif motif;
  motif.id = words.substr(0, end);
  motif.name = trimmed(words.substr(end), kBlanks);
  return motif;
}

}  // namespace heddle::io
