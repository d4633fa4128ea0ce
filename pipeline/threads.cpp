#include "pipeline/threads.h"

#include <omp.h>
#include <opencv2/core/utility.hpp>

#include <algorithm>
#include <utility>

namespace heddle::pipeline {

ThreadBudget::ThreadBudget(int threads) : compute_(threads) { cv::setNumThreads(1); }

int ThreadBudget::video_decoding(bool live) const { return live ? 1 : std::min(2, compute()); }
int ThreadBudget::sequence_decoding() const { return std::min(2, compute()); }

std::thread own_thread(std::function<void()> body) {
  return std::thread([body = std::move(body)] {
    omp_set_num_threads(1);
    body();
  });
}

}  // namespace heddle::pipeline
