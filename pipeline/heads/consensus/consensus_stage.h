#pragma once
// Behind LiftStage: the genes of reads become the genes that the reads agree on.

#include "pipeline/heads/consensus/gene_consensus.h"
#include "pipeline/item.h"

#include <string_view>
#include <vector>

namespace heddle::pipeline {

/// Takes lifted records; leaves SequenceStart and the genes that are settled by then. A read that
/// is out of order leaves as a failure. One stream: its reads are of one file.
class ConsensusStage : public Stage {
 public:
  explicit ConsensusStage(int least_reads) : consensus_(least_reads) {}

  std::string_view name() const override { return "consensus"; }
  Concurrency concurrency() const override { return Concurrency::kSerial; }
  void process(Item& item) override;
  void skip(Item& item) override;
  StageState save() override;
  void load(const std::string& bytes) override;

  /// After the run: the genes that waited for reads that did not come.
  std::vector<io::Record> rest();
  std::int64_t genes() const { return consensus_.genes(); }
  std::int64_t refused() const { return consensus_.refused(); }

 private:
  GeneConsensus consensus_;
  bool placed_ = false;  // the read in work lies on a reference and counts
};

}  // namespace heddle::pipeline
