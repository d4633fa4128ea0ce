#include "io/formats/mot_rows.h"

#include "io/formats/text_input.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <string_view>

namespace heddle::io {
namespace {

constexpr std::string_view kSeparators = ", \t";
constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kFewestColumns = 6;
constexpr std::size_t kColumnsRead = 9;
constexpr double kLargest =
    1e9;  // of frames, ids and pixels: beyond it a file is not what it seems

/// Two commas hold an empty column between them; blanks in a row are one separator.
std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> columns;
  const bool commas = line.find(',') != line.npos;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(commas ? "," : kSeparators), line.size());
    std::string_view word = line.substr(0, end);
    while (!word.empty() && (word.front() == ' ' || word.front() == '\t')) word.remove_prefix(1);
    while (!word.empty() && (word.back() == ' ' || word.back() == '\t')) word.remove_suffix(1);
    if (commas || !word.empty()) columns.push_back(word);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return columns;
}

/// One line's numbers, with the errors that name it.
class RowReader {
 public:
  RowReader(const TextInput& text, std::int64_t line, std::span<const std::string_view> columns)
      : text_(text), line_(line), columns_(columns) {
    if (columns.size() < kFewestColumns) {
      fail("has " + std::to_string(columns.size()) +
           " columns; frame,id,left,top,width,height are needed");
    }
  }

  MotRow read() const {
    MotRow row{.frame = whole(0), .id = whole(1)};
    if (row.frame < 1) fail("frame " + std::to_string(row.frame) + "; frames count from 1");
    double* const box[] = {&row.x, &row.y, &row.width, &row.height};
    for (std::size_t i = 0; i < 4; ++i) *box[i] = number(i + 2);
    if (row.width < 0 || row.height < 0) {
      fail("a box of " + std::string(columns_[4]) + " x " + std::string(columns_[5]) +
           "; columns 5 and 6 are its width and height, which are not negative");
    }
    if (columns_.size() > 6) row.confidence = number(6);
    if (columns_.size() > 7) row.type = static_cast<int>(whole(7));
    if (columns_.size() > 8) row.visibility = number(8);
    row.columns = static_cast<int>(columns_.size());
    return row;
  }

 private:
  double number(std::size_t column) const {
    const std::string_view word = columns_[column];
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool whole_word = error == std::errc{} && end == word.data() + word.size();
    if (!whole_word || !std::isfinite(value) || std::abs(value) > kLargest) {
      fail("column " + std::to_string(column + 1) + " is '" + std::string(word.substr(0, 40)) +
           "'; a number of MOTChallenge text is expected");
    }
    return value;
  }

  /// Some programs write frames and ids as 12.0.
  std::int64_t whole(std::size_t column) const {
    const double value = number(column);
    if (value != std::floor(value)) {
      fail("column " + std::to_string(column + 1) + " is '" + std::string(columns_[column]) +
           "'; a whole number is expected");
    }
    return static_cast<std::int64_t>(value);
  }

  [[noreturn]] void fail(const std::string& what) const { text_.fail(line_, what); }

  const TextInput& text_;
  std::int64_t line_;
  std::span<const std::string_view> columns_;
};

}  // namespace

std::vector<MotRow> read_mot(const std::string& uri) {
  TextInput text(PeekedInput::open(uri));
  std::vector<MotRow> rows;
  std::string line;
  for (;;) {
    line.clear();
    const std::int64_t number = text.line();
    if (!text.append_line(line, kLongestLine)) return rows;
    std::vector<std::string_view> columns = cells_of(line);
    if (columns.empty() || (columns.size() == 1 && columns[0].empty())) continue;
    columns.resize(std::min(columns.size(), kColumnsRead));
    rows.push_back(RowReader(text, number, columns).read());
  }
}

}  // namespace heddle::io
