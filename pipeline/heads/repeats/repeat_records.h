#pragma once
// Arrays, pairs and families as records of a sequence.

#include "io/attribute.h"
#include "io/record.h"
#include "pipeline/heads/repeats/pairs_in_arrays.h"
#include "pipeline/heads/repeats/repeat_pair.h"
#include "pipeline/heads/repeats/tandem_search.h"

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::pipeline {

io::Interval tandem_record(const std::string& sequence, const TandemArray& array);
/// What tandem_record() made of arrays, read from among other records.
std::vector<ArrayStretch> arrays_in(const std::vector<io::Record>& records);

/// Appends the intervals of families, of near inverted repeats and of arrays of a period beyond
/// `max_period`, then a Pair for each pair.
void append_pair_records(const std::string& sequence,
                         std::int64_t length,
                         const std::vector<RepeatPair>& pairs,
                         int max_period,
                         std::vector<io::Record>& records);

/// All attributes that these intervals may have.
std::vector<io::Attribute> repeat_attributes();

}  // namespace heddle::pipeline
