#include "pipeline/metrics/tracking_score.h"

namespace heddle::pipeline {

TrackingScore& TrackingScore::operator+=(const TrackingScore& other) {
  clear += other.clear;
  identity += other.identity;
  hota += other.hota;
  return *this;
}

TrackingScore score_tracking(std::span<const LabelledBox> truth,
                             std::span<const LabelledBox> said) {
  const PairedSequence sequence = pair_up(truth, said);
  return {count_clear(sequence), count_identities(sequence), count_hota(sequence)};
}

}  // namespace heddle::pipeline
