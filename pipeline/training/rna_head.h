#pragma once
// A gene model that learns to tell RNA genes too: its program with one more head, which reads what
// the last step reads (two convolutions, the first over seven bases), and fresh tensors for it
// beside those given. Its logits get the classes of rna_kinds.h behind the channels that they have,
// and its fields say so. Every other tensor and the frames that it tells stay as they are.
// Threads: a plain function.

#include "attention/model/parameters.h"

#include <cstdint>
#include <string>

namespace heddle::pipeline {

/// `where` (a path) leads messages. Throws std::invalid_argument where the model has the head
/// already, or where its 'forward' does not end in a convolution or product that gives 'logits';
/// WeightsError where it is no model.
attention::Parameters with_rna_head(const attention::Parameters& model,
                                    std::uint64_t seed,
                                    const std::string& where);

}  // namespace heddle::pipeline
