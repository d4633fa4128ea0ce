#pragma once
// Scalar, fp64 throughout: a literal reading of ReadOutArgs, the judge of every other back end.
// Single-threaded. Errors as in attention/backend/attention_op.h.

#include "attention/backend/attention_op.h"

namespace heddle::attention::reference {

void read_out(const ReadOutArgs& args);

}  // namespace heddle::attention::reference
