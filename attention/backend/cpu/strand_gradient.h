#pragma once
// The gradient over a plan with strands: the plan's rows and each strand are calls of their own,
// whose gradients add. Where a plan has both, each sum is the rows' chain plus the strand's, in
// that order, so that bits depend neither on threads nor on schedules.

#include "attention/backend/attention_checks.h"
#include "attention/backend/cpu/attention_gradient.h"

namespace heddle::attention::cpu {

/// Writes the gradients of a call whose plan has no strands, or of its rows alone.
using DifferentiateRows = void (*)(const AttentionGradientArgs&,
                                   const AttentionShape&,
                                   GradientSchedule);

/// `args` as check() wants them, with a plan that has strands.
void differentiate_strands(const AttentionGradientArgs& args,
                           const AttentionShape& shape,
                           GradientSchedule schedule,
                           DifferentiateRows rows);

}  // namespace heddle::attention::cpu
