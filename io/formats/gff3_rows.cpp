#include "io/formats/gff3_rows.h"

#include "io/formats/text_columns.h"

#include <algorithm>
#include <charconv>

namespace heddle::io {
namespace {

constexpr std::size_t kLongestLine = 1 << 20;
constexpr std::size_t kColumns = 9;
constexpr std::int64_t kLargest = std::int64_t{1} << 40;  // of a position: no sequence is longer

int hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  const char lower = static_cast<char>(letter | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// One line, with the errors that name it.
class LineReader {
 public:
  LineReader(const TextInput& text, std::int64_t line) : text_(text), line_(line) {}

  Gff3Row row(std::string_view line) const {
    const auto columns = columns_of(line, kColumns);
    if (columns.size() < kColumns) fail("has fewer than the nine columns of GFF3");
    Gff3Row row;
    row.sequence = gff3_unescaped(columns[0]);
    row.type = columns[2];
    row.start = position(columns[3], "start") - 1;
    row.end = position(columns[4], "end");
    if (row.end <= row.start) {
      fail("start " + std::string(columns[3]) + " is right of end " + std::string(columns[4]));
    }
    if (columns[6].size() != 1 || std::string_view("+-.?").find(columns[6][0]) == line.npos) {
      fail("strand is '" + std::string(columns[6].substr(0, 40)) + "'; it is + - . or ?");
    }
    row.strand = columns[6][0];
    row.phase = number_in<int>(columns[7]).value_or(0);
    row.phase = row.phase > 0 ? row.phase % 3 : 0;
    row.attributes = columns[8];
    return row;
  }

  std::int64_t position(std::string_view word, const char* what) const {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size() || value < 1 || value > kLargest) {
      fail(std::string(what) + " is '" + std::string(word.substr(0, 40)) +
           "'; a position, counted from 1, is expected");
    }
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { text_.fail(line_, what); }

  const TextInput& text_;
  std::int64_t line_;
};

/// "##sequence-region NAME START END"; anything else is a comment.
void read_directive(std::string_view line, const LineReader& reader, Gff3File& file) {
  constexpr std::string_view kRegion = "##sequence-region";
  if (!line.starts_with(kRegion)) return;
  std::vector<std::string_view> words;
  for (line.remove_prefix(kRegion.size()); !line.empty();) {
    const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  if (words.size() != 3) return;
  const std::int64_t length = reader.position(words[2], "the sequence's end");
  std::int64_t& longest = file.lengths[gff3_unescaped(words[0])];
  longest = std::max(longest, length);
}

}  // namespace

std::string gff3_unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                       hex_digit(text[i + 2]) >= 0;
    plain +=
        coded ? static_cast<char>(16 * hex_digit(text[i + 1]) + hex_digit(text[i + 2])) : text[i];
    if (coded) i += 2;
  }
  return plain;
}

std::string_view Gff3Row::attribute(std::string_view key) const {
  for (std::string_view left = attributes; !left.empty();) {
    const std::size_t semicolon = std::min(left.find(';'), left.size());
    std::string_view pair = left.substr(0, semicolon);
    left.remove_prefix(std::min(semicolon + 1, left.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    if (pair.starts_with(key) && pair.substr(key.size()).starts_with('=')) {
      return pair.substr(key.size() + 1);
    }
  }
  return {};
}

Gff3File gff3_rows(TextInput& text) {
  Gff3File file;
  std::string line;
  for (;;) {
    line.clear();
    const LineReader reader(text, text.line());
    if (!text.append_line(line, kLongestLine)) return file;
    if (line.starts_with("##FASTA") || line.starts_with('>')) return file;
    if (line.starts_with('#')) {
      read_directive(line, reader, file);
    } else if (line.find_first_not_of(" \t") != line.npos) {
      file.rows.push_back(reader.row(line));
      const Gff3Row& row = file.rows.back();
      if (row.type != "region") continue;
      std::int64_t& length = file.lengths[row.sequence];
      length = std::max(length, row.end);
    }
  }
}

}  // namespace heddle::io
