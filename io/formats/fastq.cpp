#include "io/formats/fastq.h"

#include "io/formats/bases.h"
#include "io/formats/text_input.h"
#include "io/longest_read.h"

#include <algorithm>

namespace heddle::io {
namespace {

class FastqSource final : public Source {
 public:
  explicit FastqSource(std::unique_ptr<PeekedInput> input) : text_(std::move(input)) {
    const auto compression = to_string(text_.compression());
    info_.format = "FASTQ" + (compression.empty() ? "" : " (" + std::string(compression) + ")");
    info_.name = text_.name();
    info_.total = text_.size();
  }

  const SourceInfo& info() const override { return info_; }
  std::int64_t position() const override { return text_.position(); }
  std::optional<Sample> next() override;

 private:
  bool read_header(Sequence& read);
  void read_bases(Sequence& read);
  void check_repeated_header();
  void read_qualities(Sequence& read);
  bool at(char letter);
  [[noreturn]] void cut_short(const std::string& where);

  TextInput text_;
  const std::size_t longest_ = static_cast<std::size_t>(LongestRead::now());
  SourceInfo info_;
  std::string header_;  // of the current read, without @
  std::string name_;    // of the current read, as stored
  std::int64_t header_line_ = 0;
  int same_name_ = 0;  // reads of that name in a row
  std::string line_;
};

bool FastqSource::at(char letter) {
  const std::string_view chunk = text_.chunk();
  return !chunk.empty() && chunk.front() == letter;
}

void FastqSource::cut_short(const std::string& where) {
  text_.fail(
      header_line_,
      "the file ends " + where + " of read '" + name_ + "', which begins here; it is truncated");
}

// Moves behind the next header line. False at the end of the input.
bool FastqSource::read_header(Sequence& read) {
  do {
    line_.clear();
    header_line_ = text_.line();
    if (!text_.append_line(line_)) return false;
  } while (line_.find_first_not_of(" \t") == std::string::npos);
  if (line_.front() != '@') {
    text_.fail(header_line_,
               "expected '@' and a read's name, found " +
                   quote_byte(static_cast<unsigned char>(line_.front())) +
                   (name_.empty() ? "" : "; read '" + name_ + "' may have too many qualities"));
  }
  header_ = line_.substr(1);
  HeaderWords words = split_header(header_);
  if (words.name.empty()) text_.fail(header_line_, "the read has no name behind '@'");
  same_name_ = words.name == name_ ? same_name_ + 1 : 1;
  name_ = words.name;
  read.name = same_name_ == 1 ? name_ : name_ + "/" + std::to_string(same_name_);
  read.description = std::move(words.description);
  return true;
}

void FastqSource::read_bases(Sequence& read) {
  while (!at('+')) {
    const std::int64_t line = text_.line();
    line_.clear();
    if (!text_.append_line(line_, longest_ - read.bases.size())) cut_short("in the bases");
    for (char& letter : line_) {
      const char folded = folded_base(letter);
      if (!is_base(folded)) {
        text_.fail(line,
                   "column " + std::to_string(&letter - line_.data() + 1) + ": " +
                       not_a_nucleotide(static_cast<unsigned char>(letter)));
      }
      letter = folded;
    }
    read.bases += line_;
  }
}

void FastqSource::check_repeated_header() {
  const std::int64_t line = text_.line();
  line_.clear();
  text_.append_line(line_);
  if (line_.size() > 1 && line_.compare(1, std::string::npos, header_) != 0) {
    text_.fail(line,
               "the text behind '+' differs from the header of read '" + name_ + "' (line " +
                   std::to_string(header_line_) + ")");
  }
}

void FastqSource::read_qualities(Sequence& read) {
  read.qualities.reserve(read.bases.size());
  while (read.qualities.size() < read.bases.size()) {
    const std::int64_t line = text_.line();
    line_.clear();
    if (!text_.append_line(line_, longest_)) cut_short("in the qualities");
    for (const char& letter : line_) {
      if (letter < '!' || letter > '~') {
        text_.fail(line,
                   "column " + std::to_string(&letter - line_.data() + 1) + ": " +
                       quote_byte(static_cast<unsigned char>(letter)) +
                       " is not a quality (! to ~)");
      }
      read.qualities.push_back(static_cast<std::uint8_t>(letter - '!'));
    }
  }
  if (read.qualities.size() > read.bases.size()) {
    text_.fail(header_line_,
               "read '" + name_ + "' has " + std::to_string(read.bases.size()) + " bases and " +
                   std::to_string(read.qualities.size()) + " qualities");
  }
}

std::optional<Sample> FastqSource::next() {
  Sequence read;
  read.kind = Sequence::Kind::kRead;
  if (!read_header(read)) return std::nullopt;
  read_bases(read);
  check_repeated_header();
  read_qualities(read);
  read.length = static_cast<std::int64_t>(read.bases.size());
  return read;
}

}  // namespace

bool looks_like_fastq(const Head& head) {
  std::string_view text = head.content;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && text[begin] == '@';
}

std::unique_ptr<Source> open_fastq(std::unique_ptr<PeekedInput> input, const SourceOptions&) {
  return std::make_unique<FastqSource>(std::move(input));
}

}  // namespace heddle::io
