#include "io/formats/genbank_rows.h"

#include "io/formats/feature_text.h"
#include "io/formats/genbank_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heddle::io {
namespace {

constexpr std::size_t kKeyColumn = 5, kValueColumn = 21;
constexpr int kDeepest = 8;  // complement(join(complement(..)))
constexpr std::int64_t kLargest = std::int64_t{1} << 40;

struct Span {
  std::int64_t start = 0;  // 0-based
  std::int64_t end = 0;    // exclusive
  char strand = '+';
};

/// "complement(join(<1..5,7..9))".
class Location {
 public:
  /// False where it is none of those that lie in this record.
  bool read(std::string_view text) { return read(text, '+', 0) && !spans.empty(); }

  std::vector<Span> spans;
  bool partial = false;

 private:
  bool read(std::string_view text, char strand, int depth);
  bool read_list(std::string_view inner, char strand, int depth);
  bool read_span(std::string_view text, char strand);
  bool read_position(std::string_view text, std::int64_t& position);
};

bool Location::read(std::string_view text, char strand, int depth) {
  if (depth > kDeepest) return false;
  for (const std::string_view call : {"complement(", "join(", "order("}) {
    if (!text.starts_with(call)) continue;
    if (!text.ends_with(')')) return false;
    const std::string_view inner = text.substr(call.size(), text.size() - call.size() - 1);
    if (call != "complement(") return read_list(inner, strand, depth + 1);
    return read(inner, strand == '+' ? '-' : '+', depth + 1);
  }
  return read_span(text, strand);
}

bool Location::read_list(std::string_view inner, char strand, int depth) {
  int open = 0;
  std::size_t from = 0;
  for (std::size_t i = 0; i <= inner.size(); ++i) {
    if (i < inner.size()) open += inner[i] == '(' ? 1 : inner[i] == ')' ? -1 : 0;
    if (i < inner.size() && (inner[i] != ',' || open > 0)) continue;
    if (!read(inner.substr(from, i - from), strand, depth)) return false;
    from = i + 1;
  }
  return true;
}

bool Location::read_position(std::string_view text, std::int64_t& position) {
  if (text.starts_with('<') || text.starts_with('>')) {
    partial = true;
    text.remove_prefix(1);
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  return error == std::errc{} && end == text.data() + text.size() && position >= 1 &&
         position <= kLargest;
}

bool Location::read_span(std::string_view text, char strand) {
  Span span{.strand = strand};
  const std::size_t dots = text.find("..");
  const bool one_base = dots == text.npos;
  if (!read_position(text.substr(0, dots), span.start)) return false;
  span.end = span.start--;
  if (!one_base && !read_position(text.substr(dots + 2), span.end)) return false;
  spans.push_back(span);
  return span.start < span.end;
}

// What is read of a table: genes of proteins and of RNA.
constexpr std::array<std::string_view, 6> kTypes = {
    "CDS", "tRNA", "rRNA", "tmRNA", "ncRNA", "misc_RNA"};

/// ';product=16S ribosomal RNA' of '/product="16S ribosomal RNA"', as far as its first line goes.
std::string as_attribute(std::string_view text) {
  const std::size_t equals = text.find('=');
  std::string_view value = text.substr(equals + 1);
  if (value.starts_with('"')) value.remove_prefix(1);
  value = value.substr(0, value.find('"'));
  return ";" + std::string(text.substr(1, equals)) + gff3_escape(value, ";=&,");
}

/// A feature as its lines come.
struct Feature {
  std::int64_t line = 0;
  std::string type;
  std::string location;
  std::string marks;        // attributes
  bool in_location = true;  // no qualifier yet
  bool in_quotes = false;   // of a qualifier's value

  void take(std::string_view line);
};

void Feature::take(std::string_view text) {
  const bool begins = !in_quotes && text.starts_with('/');
  if (begins) in_location = false;
  if (in_location) {
    for (const char letter : text) {
      if (letter != ' ') location += letter;
    }
    return;
  }
  if (begins) {
    if (text.starts_with("/pseudo")) marks += ";pseudo=true";
    if (text == "/ribosomal_slippage") marks += ";exception=ribosomal slippage";
    if (text.starts_with("/transl_table=")) marks += ";" + std::string(text.substr(1));
    const bool named = text.starts_with("/product=") || text.starts_with("/gene=");
    if (named && type != "CDS") marks += as_attribute(text);
  }
  for (const char letter : text) in_quotes = in_quotes != (letter == '"');
}

class FeatureTable {
 public:
  explicit FeatureTable(TextInput& text) : text_(text) {}

  Gff3File read();

 private:
  void take_feature(std::string_view line, std::int64_t number);
  void finish();

  TextInput& text_;
  Gff3File file_;
  GenbankHead head_;
  bool in_features_ = false;
  bool in_feature_ = false;
  Feature feature_;
  std::int64_t count_ = 0;
};

void FeatureTable::finish() {
  if (!std::exchange(in_feature_, false)) return;
  Location location;
  const bool is_coding = feature_.type == "CDS";
  if (!location.read(feature_.location)) {
    if (!is_coding) return;  // of another record: nothing that was asked for
    text_.fail(feature_.line,
               "the location '" + feature_.location.substr(0, 60) +
                   "' of a CDS is none within its record");
  }
  const std::string id = (is_coding ? "ID=cds-" : "ID=rna-") + std::to_string(++count_);
  for (const Span& span : location.spans) {
    file_.rows.push_back({head_.name,
                          feature_.type,
                          span.start,
                          span.end,
                          span.strand,
                          id + (location.partial ? ";partial=true" : "") + feature_.marks});
  }
}

void FeatureTable::take_feature(std::string_view line, std::int64_t number) {
  const bool key =
      line.size() > kKeyColumn && line.substr(0, kKeyColumn) == "     " && line[kKeyColumn] != ' ';
  if (key) {
    finish();
    const std::string type(line.substr(kKeyColumn, line.find(' ', kKeyColumn) - kKeyColumn));
    in_feature_ = std::ranges::find(kTypes, type) != kTypes.end();
    feature_ = {.line = number, .type = type};
  }
  if (!in_feature_ || line.size() <= kValueColumn) return;
  feature_.take(line.substr(kValueColumn));
}

Gff3File FeatureTable::read() {
  std::string line;
  for (;;) {
    const std::int64_t number = text_.line();
    line.clear();
    if (!text_.append_line(line)) break;
    const bool indented = line.starts_with(' ');
    if (in_features_ && indented) {
      take_feature(line, number);
      continue;
    }
    finish();
    in_features_ = line.starts_with("FEATURES ");
    head_.take(line);
    if (in_features_ && head_.length > 0) file_.lengths[head_.name] = head_.length;
  }
  finish();
  return std::move(file_);
}

}  // namespace

Gff3File genbank_rows(TextInput& text) { return FeatureTable(text).read(); }

}  // namespace heddle::io
