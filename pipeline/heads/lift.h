#pragma once
// Genes of aligned reads, moved onto the references that the reads lie on, through CIGAR (SAM v1,
// 1.4.6): = X M carry bases over, I and S have no place there, D is spanned, N is an intron.
//
// A row keeps its reading frame: where an insertion or deletion changes it, one gene becomes
// several rows, each with its own phase; where both sides read on in one frame they are one row.
// The read's own errors, which the decoder mended as frameshifts, thus fall back into one row on a
// reference that does not have them.

#include "io/record.h"
#include "io/sample.h"
#include "io/snapshot.h"
#include "pipeline/item.h"
#include "pipeline/per_lane.h"

#include <memory>
#include <optional>
#include <set>
#include <string>

namespace heddle::pipeline {

/// `gene` in positions of the read's SEQ as stored -> positions of the reference; nothing where
/// none of its bases has a place there. Ends that have none make it partial. Attributes stay,
/// without `frameshift` (it counts in the read), plus `read` and `mapq`. Its sequences stay the
/// read's.
std::optional<io::Interval> lift(const io::Interval& gene, const io::Placement& placement);

/// Behind GeneHead: turns a read's records into records on its reference. Reads that lie nowhere
/// leave nothing and are counted. A reference is begun when the first read on it comes, and ended
/// with the run: its features follow the reads' order.
class LiftStage : public Stage {
 public:
  std::string_view name() const override { return "lift"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  void process(Item& item) override;
  void skip(Item& item) override;
  StageState save() override;
  void load(const std::string& bytes) override;

  struct Statistics {
    std::int64_t reads = 0;
    std::int64_t unplaced = 0;  // of them
    std::int64_t lifted = 0;    // genes
    std::int64_t lost = 0;      // genes without a base on the reference
  };
  /// Of all lanes; call when none is working.
  Statistics statistics() const;

 private:
  struct Lane {
    std::string read;
    std::shared_ptr<const io::Placement> placement;  // of the read in work; none: it lies nowhere
    std::set<std::string> begun;                     // references
    Statistics seen;

    void snapshot(io::Snapshot& s);
  };
  Lane& lane_of(const Item& item);
  void enter(const Item& item, Lane& lane);

  PerLane<Lane> lanes_;
};

}  // namespace heddle::pipeline
