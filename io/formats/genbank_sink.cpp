#include "io/formats/feature_sink.h"
#include "io/formats/feature_text.h"
#include "io/formats/genbank.h"
#include "io/formats/number_text.h"
#include "io/formats/spool.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace heddle::io {
namespace {

constexpr std::size_t kWidth = 58;  // letters of a line behind the 21 columns of a feature's margin
constexpr std::size_t kNameAndLength = 28;
const std::string kMargin(21, ' ');

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}
std::string left(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

/// `text` over as many lines as it needs, broken behind `after` (a comma, a blank), or anywhere.
std::string wrapped(const std::string& text, char after) {
  std::string lines;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t count = std::min(kWidth, text.size() - at);
    if (at + count < text.size()) {
      const std::size_t gap = text.rfind(after, at + count - 1);
      if (gap != std::string::npos && gap > at) count = gap + 1 - at;
    }
    lines += kMargin + text.substr(at, count) + "\n";
    at += count;
  }
  return lines;
}

std::string qualifier(const std::string& key, const std::string& value) {
  std::string text = "/" + key + "=\"";
  for (const char letter : one_line(value)) {
    text += letter;
    if (letter == '"') text += letter;  // doubled, as the format has it
  }
  return wrapped(text + "\"", ' ');
}
std::string number(const std::string& key, const std::string& value) {
  return wrapped("/" + key + "=" + value, ' ');
}

/// `length` of a circle: beyond it the feature goes on at the start; 0: not known.
std::string location_of(const Interval& feature, std::int64_t length) {
  const bool reverse = feature.strand == '-';
  const bool open_low = reverse ? feature.partial_end : feature.partial_start;
  const bool open_high = reverse ? feature.partial_start : feature.partial_end;
  std::vector<std::pair<std::int64_t, std::int64_t>> spans;
  for (const Interval::Part& part : feature.parts) {
    if (length <= 0 || part.end <= length) {
      spans.emplace_back(part.start + 1, part.end);
    } else if (part.start >= length) {
      spans.emplace_back(part.start - length + 1, part.end - length);
    } else {
      spans.emplace_back(part.start + 1, length);
      spans.emplace_back(1, part.end - length);
    }
  }
  std::string text;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    text += (i > 0 ? "," : "") + std::string(i == 0 && open_low ? "<" : "") +
            std::to_string(spans[i].first) + ".." +
            (i + 1 == spans.size() && open_high ? ">" : "") + std::to_string(spans[i].second);
  }
  if (spans.size() > 1) text = "join(" + text + ")";
  return reverse ? "complement(" + text + ")" : text;
}

class GenbankSink final : public FeatureSink {
 public:
  GenbankSink(const std::string& path, const SinkOptions& options) : FeatureSink(path, options) {}

  bool wants_sequences() const override { return true; }

 private:
  struct Open {
    bool circular = false;
    std::int64_t bases = 0;  // seen
    Spool features, origin;

    void snapshot(Snapshot& s) { s(circular, bases, features, origin); }
  };

  void see(const Sequence& piece) override;
  void begin(const std::string& sequence, std::int64_t) override { open_[sequence]; }
  void circular(const std::string& sequence) override { open_[sequence].circular = true; }
  void feature(const Interval& feature, const std::string& id) override;
  void end(const std::string& sequence, std::int64_t length) override;
  void failed(const Failure&) override {}
  bool kept(Snapshot& snapshot) override;
  std::string cds(const Interval& feature) const;
  static std::string array(const Interval& feature);
  std::string head(const std::string& name, const Open& record, bool whole) const;

  std::map<std::string, Open> open_;
};

bool GenbankSink::kept(Snapshot& snapshot) {
  std::int64_t waiting = 0;
  for (const auto& [sequence, open] : open_) {
    waiting += open.features.bytes() + open.origin.bytes();
  }
  if (waiting > Spool::kMostSnapshotBytes) return false;
  snapshot(open_);
  return true;
}

void GenbankSink::see(const Sequence& piece) {
  if (piece.bases.empty()) return;
  Open& open = open_[piece.name];
  std::string text;
  for (const char base : piece.bases) {
    if (open.bases % 60 == 0) {
      text += (open.bases > 0 ? "\n" : "") + right(std::to_string(open.bases + 1), 9);
    }
    if (open.bases % 10 == 0) text += ' ';
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(base)));
    ++open.bases;
  }
  open.origin.append(text);
}

void GenbankSink::feature(const Interval& feature, const std::string& id) {
  Open& open = open_[feature.sequence];
  // A feature over the origin is told when all of its circle has been seen.
  Interval placed = feature;
  if (is_crispr(feature))
    placed.parts = {{feature.parts.front().start, feature.parts.back().end, 0}};
  const std::string place = location_of(placed, open.circular ? open.bases : 0);
  std::string text =
      wrapped(place, ',')
          .replace(0, kMargin.size(), "     " + left(feature.type.substr(0, 15), 16));
  text += qualifier("locus_tag", id);
  if (feature.type == "CDS") text += cds(feature);
  if (is_crispr(feature)) text += array(feature);
  for (const auto& [key, value] : feature.attributes) {
    if (key == "ID" || key == "transl_table" || key.starts_with("rpt_")) continue;
    text += key == "product" ? qualifier(key, value) : qualifier("note", key + " " + value);
  }
  if (const std::string score = fixed_text(feature.score, 2); !score.empty()) {
    text += qualifier("note", "score " + score);
  }
  if (!feature.protein.empty()) {
    std::string protein = feature.protein;
    if (protein.ends_with('*')) protein.pop_back();
    text += wrapped("/translation=\"" + protein + "\"", '\0');
  }
  open.features.append(text);
}

std::string GenbankSink::cds(const Interval& feature) const {
  const Interval::Part& first =
      feature.strand == '-' ? feature.parts.back() : feature.parts.front();
  const std::string* table = find_attribute(feature, "transl_table");
  std::string text = number("codon_start", std::to_string(first.phase + 1));
  text +=
      number("transl_table", table != nullptr ? *table : std::to_string(options().genetic_code));
  if (feature.parts.size() > 1) {
    text += qualifier("artificial_location", "low-quality sequence region");
  }
  std::string program = options().program;
  std::replace(program.begin(), program.end(), ' ', ':');
  if (!program.empty()) text += qualifier("inference", "ab initio prediction:" + program);
  return text + qualifier("product", "hypothetical protein");
}

/// INSDC's qualifiers of a repeat_region; its type is one of a list and stands without quotes.
std::string GenbankSink::array(const Interval& feature) {
  std::string text;
  for (const auto& [key, value] : feature.attributes) {
    if (key == "rpt_type") text += number(key, value);
    if (key == "rpt_family" || key == "rpt_unit_seq") text += qualifier(key, value);
  }
  return text;
}

std::string GenbankSink::head(const std::string& name, const Open& record, bool whole) const {
  const std::string length = std::to_string(record.bases);
  // Columns 13 to 40 are the name's and the length's; where both need more, the line grows.
  const std::size_t gap =
      kNameAndLength - std::min(kNameAndLength - 1, name.size() + length.size());
  return "LOCUS       " + name + std::string(gap, ' ') + length + " bp    DNA     " +
         (record.circular ? "circular" : "linear  ") + " UNK 01-JAN-1980\n" + "DEFINITION  " +
         name + ".\nACCESSION   " + name + "\nVERSION     " + name +
         "\nKEYWORDS    .\nSOURCE      .\n  ORGANISM  .\n            .\n" +
         (whole ? "" : "COMMENT     Not complete: the run ended before this sequence did.\n") +
         "FEATURES             Location/Qualifiers\n     source          1.." + length + "\n" +
         qualifier("mol_type", "genomic DNA");
}

void GenbankSink::end(const std::string& sequence, std::int64_t length) {
  Open& open = open_[sequence];
  if (open.bases > 0) {
    file().write(head(one_line(sequence), open, length >= 0));
    open.features.drain(file());
    file().write("ORIGIN\n");
    open.origin.drain(file());
    file().write("\n//\n");
  }
  open_.erase(sequence);
}

}  // namespace

std::unique_ptr<Sink> open_genbank_sink(const std::string& path, const SinkOptions& options) {
  return std::make_unique<GenbankSink>(path, options);
}

}  // namespace heddle::io
