#include "pipeline/threads.h"

#include <opencv2/core/utility.hpp>

#include <algorithm>

namespace heddle::pipeline {

ThreadBudget::ThreadBudget(int threads) : compute_(threads) { cv::setNumThreads(1); }

int ThreadBudget::video_decoding(bool live) const { return live ? 1 : std::min(2, compute()); }
int ThreadBudget::sequence_decoding() const { return std::min(2, compute()); }

}  // namespace heddle::pipeline
