#pragma once
// What speaks against an array: repeats of simple sequence, spacers like one another or like the
// repeat, as in tandem repeats and in the periods of coding sequence.

#include "pipeline/heads/crispr/base_window.h"
#include "pipeline/heads/crispr/crispr_array.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace heddle::pipeline {

/// Two stretches that agree, without gaps, in more places than chance has for any of their
/// shifts against each other.
bool are_alike(const BaseWindow& bases, CrisprArray::Repeat a, CrisprArray::Repeat b);

/// AAAAAA, or GGCGGCGGC.
bool repeats_itself(std::string_view repeat);

/// Repeats [start, start + length), ascending: the lengths of their spacers fit, few of them are
/// like their neighbours or a repeat, and neighbours do not agree base by base, as where a longer
/// repeat has worn off but for one part.
bool may_be_array(const BaseWindow& bases, std::span<const std::int64_t> starts, int length);

}  // namespace heddle::pipeline
