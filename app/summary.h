#pragma once
// What a run found, in one sentence, counted from its records in constant memory.

#include "io/record.h"
#include "io/snapshot.h"
#include "pipeline/item.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_set>

namespace heddle::app {

/// The sequences that were begun, their bases that were worked on, and the samples that failed: a
/// run that is stopped within a sequence has done something too.
class SequenceCount {
 public:
  void add(const io::Record& record);
  void read(const pipeline::Item& item);
  std::int64_t bases() const { return bases_; }
  std::int64_t sequences() const { return begun_; }
  /// '1 sequence, 48,502 bases: FOUND; 2 failures'; of a run that was stopped '3 sequences (the
  /// last not to its end), ...'.
  std::string text(const std::string& found) const;
  void snapshot(io::Snapshot& s) { s(begun_, ended_, bases_, failures_); }

 private:
  std::int64_t begun_ = 0;
  std::int64_t ended_ = 0;
  std::int64_t bases_ = 0;
  std::int64_t failures_ = 0;
};

class GenomeSummary {
 public:
  /// `genes`, `arrays`: they were asked for.
  GenomeSummary(bool genes, bool arrays) : tells_genes_(genes), tells_arrays_(arrays) {}
  void see(const pipeline::Item& item) {
    counted_.read(item);
    add(item.records);
  }
  /// '1 sequence, 48,502 bases: 73 genes (42 +, 31 -), 2 at an edge, 1 with frameshifts, coding 91
  /// %, 86 tRNA, 2 CRISPR arrays; 0 failures'.
  std::string text() const;
  void snapshot(io::Snapshot& s) {
    s(counted_, genes_, plus_, partial_, shifted_, coding_, rnas_, arrays_);
  }

 private:
  void add(std::span<const io::Record> records);
  void add(const io::Interval& gene);

  SequenceCount counted_;
  std::int64_t genes_ = 0;
  std::int64_t plus_ = 0;
  std::int64_t partial_ = 0;
  std::int64_t shifted_ = 0;
  std::int64_t coding_ = 0;
  std::map<std::string, std::int64_t> rnas_;  // by type
  std::int64_t arrays_ = 0;
  const bool tells_genes_, tells_arrays_;
};

class MotifSummary {
 public:
  void see(const pipeline::Item& item) {
    counted_.read(item);
    add(item.records);
  }
  /// Of a run that holds its records back: its bases now, its records when they are told.
  void read(const pipeline::Item& item) { counted_.read(item); }
  void add(std::span<const io::Record> records);
  /// '1 sequence, 48,502 bases: 731 sites (360 +, 371 -) of 12 motifs'.
  std::string text() const;
  void snapshot(io::Snapshot& s) { s(counted_, sites_, plus_, motifs_); }

 private:
  SequenceCount counted_;
  std::int64_t sites_ = 0;
  std::int64_t plus_ = 0;
  std::unordered_set<std::string> motifs_;  // ids seen: no more than the file has
};

class RepeatSummary {
 public:
  void see(const pipeline::Item& item) {
    counted_.read(item);
    add(item.records);
  }
  std::int64_t sequences() const { return counted_.sequences(); }
  /// '1 sequence, 4,641,652 bases: 2,170 pairs (1,002 inverted), 812 copies, 145 tandem arrays'.
  std::string text() const;
  void snapshot(io::Snapshot& s) { s(counted_, pairs_, inverted_, copies_, arrays_); }

 private:
  void add(std::span<const io::Record> records);

  SequenceCount counted_;
  std::int64_t pairs_ = 0;
  std::int64_t inverted_ = 0;
  std::int64_t copies_ = 0;
  std::int64_t arrays_ = 0;
};

class VideoSummary {
 public:
  void add(std::span<const io::Record> records);
  /// '795 frames: 21 objects, at most 8 at once, found again 3 times'.
  std::string text() const;
  void snapshot(io::Snapshot& s) { s(frames_, objects_, most_, recovered_, failures_); }

 private:
  std::int64_t frames_ = 0;
  std::int64_t objects_ = 0;  // ids are given in ascending order and never twice
  std::int64_t most_ = 0;
  std::int64_t recovered_ = 0;
  std::int64_t failures_ = 0;
};

}  // namespace heddle::app
