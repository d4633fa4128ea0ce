#pragma once
// What a run found, in one sentence, counted from its records in constant memory.

#include "io/record.h"
#include "io/snapshot.h"

#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>

namespace heddle::app {

/// The sequences that ended and the samples that failed.
class SequenceCount {
 public:
  void add(const io::Record& record);
  std::int64_t bases() const { return bases_; }
  /// '1 sequence, 48,502 bases: FOUND; 2 failures'.
  std::string text(const std::string& found) const;
  void snapshot(io::Snapshot& s) { s(sequences_, bases_, failures_); }

 private:
  std::int64_t sequences_ = 0;
  std::int64_t bases_ = 0;
  std::int64_t failures_ = 0;
};

class GenomeSummary {
 public:
  void add(std::span<const io::Record> records);
  /// '1 sequence, 48,502 bases: 73 genes (42 +, 31 -), 2 at an edge, 1 with frameshifts, coding 91
  /// %; 0 failures'.
  std::string text() const;
  void snapshot(io::Snapshot& s) { s(counted_, genes_, plus_, partial_, shifted_, coding_); }

 private:
  void add(const io::Interval& gene);

  SequenceCount counted_;
  std::int64_t genes_ = 0;
  std::int64_t plus_ = 0;
  std::int64_t partial_ = 0;
  std::int64_t shifted_ = 0;
  std::int64_t coding_ = 0;
};

class MotifSummary {
 public:
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
  void add(std::span<const io::Record> records);
  /// '1 sequence, 4,641,652 bases: 2,170 pairs (1,002 inverted), 812 copies, 145 tandem arrays'.
  std::string text() const;
  void snapshot(io::Snapshot& s) { s(counted_, pairs_, inverted_, copies_, arrays_); }

 private:
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
