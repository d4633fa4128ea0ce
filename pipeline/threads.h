#pragma once
// The thread policy, in one place. One budget N for the whole process (affinity and cgroup limits
// heeded):
//   compute     oneTBB, N threads (the caller is one of them)
//   OpenMP      teams of 1 everywhere. oneDNN's team of 2 collapses from 260 to 3 GFLOP/s as soon
//   as another thread wants a
//               core (measured, libgomp's active waiting); 2 TBB threads x teams of 1 reach 311
//               GFLOP/s on the same machine
//   OpenCV      1 (0 would mean its own default, not none)
//   FFmpeg      min(2, N) frame threads for files, 1 for live input
//   htslib      its BGZF pool only for BAM and CRAM, min(2, N) threads
//   reading     one own thread a run: blocking input never holds a compute thread
//   samples     of training on a device, N / 4 of our own (1 to 8) that make them ahead, while the
//   compute threads wait for it; none where the CPU learns

#include "pipeline/compute_threads.h"

namespace heddle::pipeline {

/// While it lives, the process keeps to `threads`. Make one, first thing, in the thread that will
/// call Graph::run().
class ThreadBudget {
 public:
  explicit ThreadBudget(int threads);

  int compute() const { return compute_.count(); }
  int video_decoding(bool live) const;
  int sequence_decoding() const;

 private:
  ComputeThreads compute_;
};

}  // namespace heddle::pipeline
