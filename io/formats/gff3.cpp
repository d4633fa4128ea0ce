#include "io/formats/gff3.h"

#include "io/formats/feature_sink.h"
#include "io/formats/feature_text.h"
#include "io/formats/number_text.h"
#include "io/formats/spool.h"

#include <algorithm>

namespace heddle::io {
namespace {

class Gff3Sink final : public FeatureSink {
 public:
  Gff3Sink(const std::string& path, const SinkOptions& options) : FeatureSink(path, options) {
    const std::string& program = options.program;
    source_ = program.empty() ? "." : gff3_escape(program.substr(0, program.find(' ')), " ");
    file().write("##gff-version 3\n");
    if (!program.empty()) file().write("#!processor " + one_line(program) + "\n");
  }

 private:
  struct Open {
    std::int64_t length = -1;
    bool circular = false;
    bool introduced = false;   // its region line is written
    std::int64_t reached = 0;  // the furthest end of a feature: beyond the length on a circle
    Spool waiting;

    void snapshot(Snapshot& s) { s(length, circular, introduced, reached, waiting); }
  };

  void begin(const std::string& sequence, std::int64_t length) override;
  void feature(const Interval& feature, const std::string& id) override;
  void end(const std::string& sequence, std::int64_t length) override;
  void circular(const std::string& sequence) override { open_[sequence].circular = true; }
  void failed(const Failure& failure) override { comment_failure(failure); }
  void finish(bool whole) override { comment_end(whole); }
  bool kept(Snapshot& snapshot) override;

  std::string rows(const Interval& feature, const std::string& id) const;
  std::string array_rows(const Interval& array, const std::string& id) const;
  void introduce(const std::string& sequence, Open& open);

  std::string source_;
  std::map<std::string, Open> open_;
};

bool Gff3Sink::kept(Snapshot& snapshot) {
  std::int64_t waiting = 0;
  for (const auto& [sequence, open] : open_) waiting += open.waiting.bytes();
  if (waiting > Spool::kMostSnapshotBytes) return false;
  snapshot(open_);
  return true;
}

void Gff3Sink::begin(const std::string& sequence, std::int64_t length) {
  open_[sequence].length = length;
}

// Writes the region line, and the circle's row, once the length is known.
void Gff3Sink::introduce(const std::string& sequence, Open& open) {
  if (open.introduced || open.length < 0) return;
  open.introduced = true;
  if (open.length == 0) return;
  const std::string name = gff3_seqid(sequence);
  const std::string length = std::to_string(open.length);
  file().write("##sequence-region " + name + " 1 " + length + "\n");
  if (open.circular || open.reached > open.length) {
    file().write(name + "\t" + source_ + "\tregion\t1\t" + length + "\t.\t.\t.\tID=" +
                 gff3_escape(sequence, ";=&,") + ":1.." + length + ";Is_circular=true\n");
  }
}

void Gff3Sink::feature(const Interval& feature, const std::string& id) {
  Open& open = open_[feature.sequence];
  introduce(feature.sequence, open);
  open.reached = std::max(open.reached, feature.parts.back().end);
  const std::string text = is_crispr(feature) ? array_rows(feature, id) : rows(feature, id);
  if (open.introduced) {
    file().write(text);
  } else {
    open.waiting.append(text);
  }
}

void Gff3Sink::end(const std::string& sequence, std::int64_t length) {
  Open& open = open_[sequence];
  open.length = length;
  introduce(sequence, open);
  open.waiting.drain(file());
  open_.erase(sequence);
}

std::string Gff3Sink::rows(const Interval& feature, const std::string& id) const {
  const std::string attributes = gff3_attributes(feature, id, options().genetic_code);
  const std::string head =
      gff3_seqid(feature.sequence) + "\t" + source_ + "\t" + gff3_escape(feature.type, " ") + "\t";
  const std::string score = fixed_text(feature.score, 3);
  const std::string middle = "\t" + (score.empty() ? "." : score) + "\t" + feature.strand + "\t";
  const std::size_t count = feature.parts.size();
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const Interval::Part& part = feature.parts[i];
    text.append(head).append(std::to_string(part.start + 1)).append("\t");
    text.append(std::to_string(part.end)).append(middle);
    text.append(feature.type == "CDS" ? std::to_string(part.phase) : ".");
    text.append("\t").append(attributes);
    const std::size_t read = feature.strand == '-' ? count - i : i + 1;
    if (count > 1) text += ";part=" + std::to_string(read) + "/" + std::to_string(count);
    text += "\n";
  }
  return text;
}

/// The array, and its repeats as repeat_unit below it, as MinCED writes them.
std::string Gff3Sink::array_rows(const Interval& array, const std::string& id) const {
  Interval whole = array;
  whole.parts = {{array.parts.front().start, array.parts.back().end, 0}};
  std::string text = rows(whole, id);
  for (const Interval::Part& repeat : array.parts) {
    text += gff3_seqid(array.sequence) + "\t" + source_ + "\trepeat_unit\t" +
            std::to_string(repeat.start + 1) + "\t" + std::to_string(repeat.end) + "\t.\t" +
            array.strand + "\t.\tParent=" + gff3_escape(id, ";=&,") + "\n";
  }
  return text;
}

}  // namespace

std::unique_ptr<Sink> open_gff3(const std::string& path, const SinkOptions& options) {
  return std::make_unique<Gff3Sink>(path, options);
}

}  // namespace heddle::io
