#pragma once
// What the readers of motifs share: lines, words, numbers, the limits of a motif.

#include "io/formats/text_input.h"
#include "io/motifs/motif.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::io {

/// The lines of a file of motifs and the motifs made of them. Single-threaded. Errors are
/// InputErrors that name the file and the current line.
class MotifText {
 public:
  explicit MotifText(std::unique_ptr<PeekedInput> input) : text_(std::move(input)) {}

  /// Moves to the next line that is not blank; false at the end.
  bool next();
  /// next() gives the current line once more.
  void again() { again_ = true; }
  /// Without blanks around it; valid until the next next().
  std::string_view line() const;
  /// Its words, between blanks; valid until the next next().
  std::vector<std::string_view> words() const;

  /// The current line's number; kept to speak of a motif's first line later.
  std::int64_t line_number() const { return line_number_; }
  const std::string& name() const { return text_.name(); }
  [[noreturn]] void fail(const std::string& what) const;
  [[noreturn]] void fail_at(std::int64_t line, const std::string& what) const;

  /// A number that is finite and not negative, or fail().
  double number(std::string_view word) const;
  /// Refuses a column of zeros and one beyond the limit.
  void add_column(Motif& motif, const std::array<double, 4>& counts) const;
  /// Refuses a motif without columns or letters (`started`: its first line), and too many motifs.
  void add(Motif motif, std::int64_t started);

  std::vector<Motif> take() { return std::move(motifs_); }

 private:
  TextInput text_;
  std::string line_;
  std::int64_t line_number_ = 0;
  bool again_ = false;
  std::vector<Motif> motifs_;
};

/// '>MA0001.3 AGL3' without its '>': the id, and the name behind it.
Motif motif_named(std::string_view words);

}  // namespace heddle::io
