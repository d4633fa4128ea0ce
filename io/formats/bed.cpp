#include "io/formats/bed.h"

#include "io/formats/feature_sink.h"
#include "io/formats/feature_text.h"
#include "io/formats/spool.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

namespace heddle::io {
namespace {

struct Block {
  std::int64_t start = 0;
  std::int64_t end = 0;
};

// The parts on a circle of `length` (-1: a line, or not known to be left), ascending, disjoint.
std::vector<Block> blocks_of(const Interval& feature, std::int64_t length) {
  std::vector<Block> blocks;
  for (const Interval::Part& part : feature.parts) {
    if (length <= 0 || part.end <= length) {
      blocks.push_back({part.start, part.end});
    } else if (part.start >= length) {
      blocks.push_back({part.start - length, part.end - length});
    } else {
      blocks.push_back({part.start, length});
      blocks.push_back({0, part.end - length});
    }
  }
  std::sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) {
    return a.start < b.start;
  });
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    blocks[i].start = std::max(blocks[i].start, blocks[i - 1].end);
  }
  std::erase_if(blocks, [](const Block& block) { return block.end <= block.start; });
  return blocks;
}

/// BED has no column for a feature's type: of RNA genes and arrays, which a file shares with coding
/// genes, the name tells it.
std::string name_of(const Interval& feature, const std::string& id) {
  if (const std::string* name = find_attribute(feature, "Name")) return *name;
  if (is_crispr(feature)) return "CRISPR";
  if (!is_rna(feature)) return id;
  const std::string* product = find_attribute(feature, "product");
  if (feature.type != "rRNA" || product == nullptr) return feature.type;
  return product->substr(0, product->find(' ')) + "_rRNA";  // of "16S ribosomal RNA"
}

class BedSink final : public FeatureSink {
 public:
  BedSink(const std::string& path, const SinkOptions& options) : FeatureSink(path, options) {}

 private:
  struct Waiting {
    Interval feature;  // without its sequences
    std::string name;

    std::int64_t bytes() const;
    void snapshot(Snapshot& s) { s(feature, name); }
  };
  struct Open {
    std::int64_t length = -1;
    std::int64_t reached = 0;  // the sequence is at least this long
    std::deque<Waiting> waiting;

    void snapshot(Snapshot& s) { s(length, reached, waiting); }
  };

  void begin(const std::string& sequence, std::int64_t length) override {
    open_[sequence].length = length;
  }
  void feature(const Interval& feature, const std::string& id) override;
  void end(const std::string& sequence, std::int64_t length) override;
  void failed(const Failure& failure) override { comment_failure(failure); }
  void finish(bool whole) override { comment_end(whole); }
  bool kept(Snapshot& snapshot) override;
  void write_line(const Waiting& item, std::int64_t length);

  std::map<std::string, Open> open_;
};

/// About as many as in a snapshot.
std::int64_t BedSink::Waiting::bytes() const {
  std::size_t bytes = sizeof(Waiting) + name.size() + feature.sequence.size() +
                      feature.parts.size() * sizeof(Interval::Part);
  for (const auto& [key, value] : feature.attributes) bytes += key.size() + value.size();
  return static_cast<std::int64_t>(bytes);
}

bool BedSink::kept(Snapshot& snapshot) {
  std::int64_t bytes = 0;
  for (const auto& [sequence, open] : open_) {
    for (const Waiting& item : open.waiting) bytes += item.bytes();
  }
  if (bytes > Spool::kMostSnapshotBytes) return false;
  snapshot(open_);
  return true;
}

void BedSink::feature(const Interval& feature, const std::string& id) {
  Open& open = open_[feature.sequence];
  Waiting item{feature, name_of(feature, id)};
  item.feature.nucleotides.clear();
  item.feature.protein.clear();
  open.reached = std::max(open.reached, feature.parts.front().start);
  open.waiting.push_back(std::move(item));
  while (!open.waiting.empty() &&
         (open.length >= 0 || open.waiting.front().feature.parts.back().end <= open.reached)) {
    write_line(open.waiting.front(), open.length);
    open.waiting.pop_front();
  }
}

void BedSink::end(const std::string& sequence, std::int64_t length) {
  for (const Waiting& item : open_[sequence].waiting) write_line(item, length);
  open_.erase(sequence);
}

void BedSink::write_line(const Waiting& item, std::int64_t length) {
  const Interval& feature = item.feature;
  const std::vector<Block> blocks = blocks_of(feature, length);
  if (blocks.empty()) return;
  const std::int64_t start = blocks.front().start;
  const std::int64_t end = blocks.back().end;
  const double score = std::isfinite(feature.score) ? feature.score : 0;
  const long rounded = std::lround(std::clamp(score, 0.0, 1000.0));
  const std::string thick_end = std::to_string(feature.type == "CDS" ? end : start);
  std::string sizes, starts;
  for (const Block& block : blocks) {
    sizes += std::to_string(block.end - block.start) + ",";
    starts += std::to_string(block.start - start) + ",";
  }
  file().write(feature.sequence + "\t" + std::to_string(start) + "\t" + std::to_string(end) + "\t" +
               one_line(item.name) + "\t" + std::to_string(rounded) + "\t" + feature.strand + "\t" +
               std::to_string(start) + "\t" + thick_end + "\t0\t" + std::to_string(blocks.size()) +
               "\t" + sizes + "\t" + starts + "\n");
}

}  // namespace

std::unique_ptr<Sink> open_bed(const std::string& path, const SinkOptions& options) {
  return std::make_unique<BedSink>(path, options);
}

}  // namespace heddle::io
