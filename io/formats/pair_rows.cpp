#include "io/formats/pair_rows.h"

#include "io/formats/text_columns.h"
#include "io/formats/text_input.h"

#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

namespace heddle::io {
namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 40;  // of a position: no sequence is longer

using Columns = std::vector<std::string_view>;

template <typename Number>
std::optional<Number> number_at(const Columns& columns, std::size_t column) {
  return column < columns.size() ? number_in<Number>(columns[column]) : std::nullopt;
}

/// Nothing where the three columns are no place.
std::optional<Pair::End> place_in(const Columns& columns,
                                  std::size_t name,
                                  std::size_t start,
                                  std::size_t end) {
  const auto from = number_at<std::int64_t>(columns, start);
  const auto to = number_at<std::int64_t>(columns, end);
  if (!from || !to || *from < 0 || *to <= *from || *to > kLargest) return std::nullopt;
  return Pair::End{std::string(columns[name]), *from, *to, 0};
}

bool is_strand(std::string_view word) { return word == "+" || word == "-"; }

std::optional<Pair> paf_pair(const Columns& columns) {
  const auto query = place_in(columns, 0, 2, 3), target = place_in(columns, 5, 7, 8);
  const auto matches = number_at<std::int64_t>(columns, 9);
  const auto length = number_at<std::int64_t>(columns, 10);
  if (!query || !target || !matches || !length) return std::nullopt;
  return Pair{.first = *query,
              .second = *target,
              .strand = columns[4][0],
              .matches = *matches,
              .columns = *length};
}

std::optional<Pair> bedpe_pair(const Columns& columns) {
  const auto first = place_in(columns, 0, 1, 2), second = place_in(columns, 3, 4, 5);
  if (!first || !second) return std::nullopt;
  Pair pair{.first = *first, .second = *second, .matches = 1, .columns = 1};
  if (columns.size() > 9 && is_strand(columns[8]) && is_strand(columns[9])) {
    pair.strand = columns[8] == columns[9] ? '+' : '-';
  }
  const auto identity = number_at<double>(columns, 10);
  const auto length = number_at<std::int64_t>(columns, 11);
  if (identity && length && *identity >= 0 && *identity <= 100 && *length > 0 &&
      *length <= kLargest) {
    pair.columns = *length;
    pair.matches = std::llround(*identity / 100 * static_cast<double>(*length));
  }
  return pair;
}

bool one_place(const Pair& pair) {
  return pair.strand == '+' && pair.first.sequence == pair.second.sequence &&
         pair.first.start == pair.second.start && pair.first.end == pair.second.end;
}

}  // namespace

std::vector<Pair> read_pairs(const std::string& uri) {
  TextInput text(PeekedInput::open(uri));
  std::vector<Pair> pairs;
  std::string line;
  for (;;) {
    line.clear();
    const std::int64_t number = text.line();
    if (!text.append_line(line)) return pairs;
    if (line.empty() || line[0] == '#') continue;
    const Columns columns = columns_of(line);
    const bool paf = columns.size() >= 12 && is_strand(columns[4]);
    std::optional<Pair> pair = paf ? paf_pair(columns) : bedpe_pair(columns);
    if (!pair) {
      text.fail(number,
                "is no pair; BEDPE (chrom, start, end, twice, by tabs) or PAF is expected, "
                "with positions up to 2^40");
    }
    if (!one_place(*pair)) pairs.push_back(std::move(*pair));
  }
}

}  // namespace heddle::io
