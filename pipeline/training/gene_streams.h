#pragma once
// Packed sequences as streams of segments, for models with rolling memory: cut as `heddle genome`
// cuts sequences (encoders/segments.h), core after core with a halo of bases on both sides, N
// beyond the ends. Only the core is asked about: a base has its label in one segment of a piece.
// Bases do not weigh the same, though: losses are means over a segment's labelled rows, segments
// are averaged equally (stream_objective.h), and so a base among few labels weighs more.
//
// A row of a batch reads chapters of a set number of segments. A chapter is drawn as windows are
// (training_bases.h) and holds the pieces of one sequence or, where that is short, of several; each
// is a document. A chapter turned round is what the second pass of `heddle genome` sees: its
// segments in order, each reverse-complemented. Chapters are not cut at contigs' edges as windows
// are: they have edges of their own. Validation: what is held back, as it is, a chapter of each
// sequence at most.
//
// Threads: const and safe; a row's last chapter is kept until the next one. Ownership: keeps its
// shards. Errors: std::invalid_argument.

#include "attention/train/stream_source.h"
#include "pipeline/training/training_bases.h"
#include "pipeline/training/window_source.h"

#include <map>
#include <mutex>
#include <vector>

namespace heddle::pipeline {

struct StreamShape {
  std::int64_t halo = 0;      // bases on each side
  std::int64_t patch = 1;     // bases a token; divides both
  std::int64_t chapter = 32;  // segments
};

class GeneStreams : public attention::train::StreamSource {
 public:
  /// `settings.window` is the segment's. Throws as TrainingBases, and on a shape without a core or
  /// with broken tokens.
  GeneStreams(std::vector<Shard> shards, const WindowSettings& settings, const StreamShape& shape);

  int columns() const override { return kLabelColumns; }
  attention::train::StreamSegment fill(const attention::train::SegmentKey& key,
                                       const attention::train::Batch& batch) const override;
  std::int64_t validation_documents() const override;
  std::int64_t validation_segments(std::int64_t document) const override;
  attention::train::StreamSegment fill_validation(
      std::int64_t document,
      std::int64_t segment,
      const attention::train::Batch& batch) const override;

  const TrainingBases& bases() const { return bases_; }

 private:
  struct Chapter {
    std::uint64_t seed = 0;
    std::vector<LabelledBases> pieces;  // whole segments together
    bool reversed = false;
  };

  std::int64_t window() const { return bases_.settings().window; }
  std::int64_t core() const { return window() - 2 * shape_.halo; }
  std::int64_t segments_of(std::int64_t bases) const { return (bases + core() - 1) / core(); }
  Chapter draw(std::uint64_t seed) const;
  LabelledBases cut(const LabelledBases& piece, std::int64_t segment) const;
  attention::train::StreamSegment write(const LabelledBases& piece,
                                        std::int64_t segment,
                                        bool reversed,
                                        const attention::train::Batch& batch) const;

  const TrainingBases bases_;
  const StreamShape shape_;
  std::vector<LabelledBases> validation_;
  mutable std::mutex mutex_;
  mutable std::map<std::int64_t, Chapter> chapters_;  // by row
};

}  // namespace heddle::pipeline
