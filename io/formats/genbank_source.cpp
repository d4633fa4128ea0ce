#include "io/formats/bases.h"
#include "io/formats/genbank.h"
#include "io/formats/genbank_head.h"
#include "io/formats/text_input.h"
#include "io/formats/unique_names.h"

#include <algorithm>
#include <utility>

namespace heddle::io {
namespace {

class GenbankSource final : public Source {
 public:
  GenbankSource(std::unique_ptr<PeekedInput> input, const SourceOptions& options)
      : text_(std::move(input)), piece_(std::max<std::size_t>(options.piece, 1)) {
    const auto compression = to_string(text_.compression());
    info_.format = "GenBank" + (compression.empty() ? "" : " (" + std::string(compression) + ")");
    info_.name = text_.name();
    info_.total = text_.size();
  }

  const SourceInfo& info() const override { return info_; }
  std::int64_t position() const override { return text_.position(); }
  std::optional<Sample> next() override;

 private:
  bool read_head();
  bool fill(std::string& bases);
  void take_bases(const std::string& line, std::string& bases) const;

  TextInput text_;
  std::size_t piece_;
  SourceInfo info_;
  bool inside_ = false;     // a record has begun whose last piece is still to come
  std::int64_t begun_ = 0;  // the line of its LOCUS
  GenbankHead head_;
  Sequence record_;   // what every piece of it says
  std::string rest_;  // bases read beyond the last piece
  UniqueNames names_;
};

// Moves behind the next ORIGIN. False at the end of the input.
bool GenbankSource::read_head() {
  bool begun = false;
  std::string line;
  for (;;) {
    const std::int64_t number = text_.line();
    line.clear();
    if (!text_.append_line(line)) break;
    if (line.starts_with("LOCUS ")) {
      begun = true;
      begun_ = number;
      head_.take(line);
      if (head_.name.empty()) text_.fail(begun_, "LOCUS has no name");
    } else if (!begun) {
      if (line.find_first_not_of(" \t") == std::string::npos) continue;
      text_.fail(number, "expected LOCUS, found '" + line.substr(0, 20) + "'");
    } else if (line.starts_with("ORIGIN")) {
      record_ = Sequence{};
      record_.name = head_.name;
      record_.description = head_.description;
      record_.circular = head_.circular;
      names_.add(record_.name, begun_, text_, "record");
      return true;
    } else if (line.starts_with("//")) {
      text_.fail(begun_,
                 "the record " + head_.name +
                     " has no bases (no ORIGIN); get it with its sequence, from NCBI as 'GenBank "
                     "(full)'");
    } else {
      head_.take(line);
    }
  }
  if (begun) text_.fail(begun_, "the record " + head_.name + " is cut off before its bases");
  return false;
}

void GenbankSource::take_bases(const std::string& line, std::string& bases) const {
  for (const char letter : line) {
    const char folded = folded_base(letter);
    if (is_base(folded)) {
      bases += folded;
    } else if (folded != kBlank && (letter < '0' || letter > '9')) {
      text_.fail(text_.line() - 1, not_a_nucleotide(static_cast<unsigned char>(letter)));
    }
  }
}

// Fills `bases` up to the piece size. Returns whether the record ends with them.
bool GenbankSource::fill(std::string& bases) {
  std::string line;
  while (rest_.size() <= piece_) {
    line.clear();
    if (!text_.append_line(line)) {
      text_.fail(begun_, "the record " + record_.name + " is cut off: no // behind its bases");
    }
    if (line.starts_with("//")) {
      const std::int64_t bases_read = record_.offset + static_cast<std::int64_t>(rest_.size());
      if (head_.length >= 0 && head_.length != bases_read) {
        text_.fail(begun_,
                   "LOCUS of " + record_.name + " says " + std::to_string(head_.length) +
                       " bases, its ORIGIN has " + std::to_string(bases_read));
      }
      bases = std::exchange(rest_, {});
      return true;
    }
    take_bases(line, rest_);
  }
  bases = rest_.substr(0, piece_);
  rest_.erase(0, piece_);
  return false;
}

std::optional<Sample> GenbankSource::next() {
  const bool first = !inside_;
  if (first && !read_head()) return std::nullopt;
  Sequence piece = record_;
  piece.first = first;
  inside_ = true;
  piece.last = fill(piece.bases);
  inside_ = !piece.last;
  record_.offset += static_cast<std::int64_t>(piece.bases.size());
  if (piece.last) piece.length = record_.offset;
  return piece;
}

}  // namespace

bool looks_like_genbank(const Head& head) { return head.content.starts_with("LOCUS "); }

std::unique_ptr<Source> open_genbank(std::unique_ptr<PeekedInput> input,
                                     const SourceOptions& options) {
  return std::make_unique<GenbankSource>(std::move(input), options);
}

}  // namespace heddle::io
