#pragma once
// Cuts sequences into segments on the model's own grid: core after core from position 0, each with
// a halo of bases on both sides so that the model sees context it is not asked about. The grid
// belongs to the model: how the source cut its pieces never changes a segment.
//
// A linear sequence is continued with N beyond its ends, a circular one with itself, so that a head
// can settle what crosses the origin. For that a circle is gathered whole before its first segment
// is cut; of one longer than SegmentGrid::longest_whole the first left halo is N.
//
// A model that takes shorter windows (step > 0) is not asked about N for their own sake: the window
// that holds a linear sequence's end stops `margin` bases behind it, rounded up to steps, and a
// sequence that fits one window whole has no seam. What a read of 150 bases costs is then one step
// and not a whole segment. The window depends on the sequence's length alone.
//
// Memory: at most twice a segment and a piece of the source (all of a read comes in one), of a
// circular sequence twice its bases or longest_whole, and a segment of its beginning. Threads:
// called from the graph's reader thread only.

#include "io/source.h"
#include "pipeline/feed.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace heddle::pipeline {

struct SegmentGrid {
  std::int64_t length = 0;  // bases a segment, halos included
  std::int64_t halo = 0;    // bases on each side; core = length - 2 * halo > 0
  std::int64_t step = 0;    // windows may be any multiple of it up to length; 0: all are full
  std::int64_t margin = 0;  // bases of N beyond a sequence's ends in such windows, at most halo
  std::int64_t scores = 0;  // f32 a base of the core that a model will leave: its item's memory
  std::int64_t longest_whole = 1 << 24;  // bases of a circle that are gathered: any chromosome's
};

enum class Topology : std::uint8_t { kFromSource, kLinear, kCircular };

class SegmentFeed : public Feed {
 public:
  /// `source` must give Sequence samples and outlive the feed. Throws std::invalid_argument on a
  /// grid without a core, with a step that does not divide the length, or a margin over the halo.
  SegmentFeed(io::Source& source, SegmentGrid grid, Topology topology);
  bool next(Item& item) override;
  std::int64_t position() const override;

 private:
  bool start_sequence();
  void gather();
  void take(const io::Sequence& piece);
  char base_at(std::int64_t position) const;
  bool fits_one_window() const;
  void choose_window(Segment& segment) const;
  void cut(Segment& segment);
  void trim();

  io::Source& source_;
  const SegmentGrid grid_;
  const Topology topology_;

  io::Sequence sequence_;  // its header; bases live in window_
  bool active_ = false;
  bool ended_ = false;  // all pieces have arrived
  bool circular_ = false;
  std::int64_t core_begin_ = 0;    // of the next segment
  std::int64_t received_ = 0;      // bases so far; the length once ended_
  std::int64_t window_begin_ = 0;  // position of window_[0]
  std::string window_;
  std::string head_;               // the first bases of a circular sequence
  std::int64_t source_begin_ = 0;  // the source's position before it
};

}  // namespace heddle::pipeline
