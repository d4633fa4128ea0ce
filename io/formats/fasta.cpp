#include "io/formats/fasta.h"

#include "io/formats/bases.h"
#include "io/formats/text_input.h"
#include "io/formats/unique_names.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace heddle::io {
namespace {

constexpr std::array<char, 256> upper_case() {
  std::array<char, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<char>(i >= 'a' && i <= 'z' ? i - 'a' + 'A' : i);
  }
  return table;
}
constexpr std::array<char, 256> kUpperCase = upper_case();

class FastaSource final : public Source {
 public:
  FastaSource(std::unique_ptr<PeekedInput> input, const SourceOptions& options)
      : text_(std::move(input)),
        piece_(std::max<std::size_t>(options.piece, 1)),
        letters_(options.keep_letters ? kUpperCase : kFoldedBase) {
    const auto compression = to_string(text_.compression());
    info_.format = "FASTA" + (compression.empty() ? "" : " (" + std::string(compression) + ")");
    info_.name = text_.name();
    info_.total = text_.size();
  }

  const SourceInfo& info() const override { return info_; }
  std::int64_t position() const override { return text_.position(); }
  std::optional<Sample> next() override;

 private:
  bool read_header();
  bool fill(std::string& bases);

  TextInput text_;
  std::size_t piece_;
  const std::array<char, 256>& letters_;  // what is told of each that is a base
  SourceInfo info_;
  bool inside_ = false;  // a sequence has begun whose last piece is still to come
  Sequence contig_;      // what every piece of it says
  UniqueNames names_;
};

// Moves behind the next header. False at the end of the input.
bool FastaSource::read_header() {
  std::string header;
  for (;;) {
    const std::int64_t line = text_.line();
    header.clear();
    const std::string_view chunk = text_.chunk();
    if (chunk.empty()) return false;
    const char first = chunk.front();
    if (first != '>' && first != ';' && !std::isspace(static_cast<unsigned char>(first))) {
      text_.fail_here("expected '>' before the first sequence, found " +
                      quote_byte(static_cast<unsigned char>(first)));
    }
    if (first != '>' && first != ';') {
      first == '\n' || first == '\r' ? text_.take_line_end() : text_.take(1);
      continue;
    }
    text_.append_line(header);
    if (first == ';') continue;
    HeaderWords words = split_header(header.substr(1));
    if (words.name.empty()) text_.fail(line, "the header has no name behind '>'");
    contig_ = Sequence{};
    contig_.name = std::move(words.name);
    contig_.description = std::move(words.description);
    contig_.circular = says_circular(contig_.description);
    names_.add(contig_.name, line, text_, "sequence");
    return true;
  }
}

// Fills `bases` up to the piece size. Returns whether the sequence ends with them: that is known
// only when the next base, the next header or the end has been seen.
bool FastaSource::fill(std::string& bases) {
  for (;;) {
    const std::string_view chunk = text_.chunk();
    if (chunk.empty()) return true;
    if (text_.at_line_start() && chunk.front() == '>') return true;
    if (text_.at_line_start() && chunk.front() == ';') {
      std::string comment;
      text_.append_line(comment);
      continue;
    }
    const std::size_t room = std::min(chunk.size(), piece_ - bases.size());
    std::size_t run = 0;
    while (run < room && is_base(folded_base(chunk[run]))) ++run;
    for (const char letter : chunk.substr(0, run)) {
      bases += letters_[static_cast<unsigned char>(letter)];
    }
    text_.take(run);
    if (run == chunk.size()) continue;
    const char stop = chunk[run];
    if (stop == '\n' || stop == '\r') {
      text_.take_line_end();
    } else if (folded_base(stop) == kBlank) {
      text_.take(1);
    } else if (is_base(folded_base(stop))) {
      return false;
    } else {
      text_.fail_here(not_a_nucleotide(static_cast<unsigned char>(stop)));
    }
  }
}

std::optional<Sample> FastaSource::next() {
  const bool first = !inside_;
  if (first && !read_header()) return std::nullopt;
  Sequence piece = contig_;
  piece.first = first;
  inside_ = true;
  piece.last = fill(piece.bases);
  inside_ = !piece.last;
  contig_.offset += static_cast<std::int64_t>(piece.bases.size());
  if (piece.last) piece.length = contig_.offset;
  return piece;
}

}  // namespace

bool looks_like_fasta(const Head& head) {
  std::string_view text = head.content;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (;;) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return false;
    if (text[begin] != ';') return text[begin] == '>';
    const std::size_t end = text.find_first_of("\r\n", begin);
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end);
  }
}

bool says_circular(const std::string& description) {
  std::string text = " " + description + " ";
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  for (const std::string_view words : {"topology=circular",
                                       "topology:circular",
                                       "circular=true",
                                       "circular=yes",
                                       "circular=y",
                                       "suggestcircular=yes"}) {
    for (std::size_t at = text.find(words); at != std::string::npos;
         at = text.find(words, at + 1)) {
      const auto before = static_cast<unsigned char>(text[at - 1]);
      const auto after = static_cast<unsigned char>(text[at + words.size()]);
      if (std::isalnum(before) == 0 && std::isalnum(after) == 0) return true;
    }
  }
  return false;
}

std::unique_ptr<Source> open_fasta(std::unique_ptr<PeekedInput> input,
                                   const SourceOptions& options) {
  return std::make_unique<FastaSource>(std::move(input), options);
}

}  // namespace heddle::io
