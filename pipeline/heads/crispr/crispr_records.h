#pragma once
// Arrays as features: repeat_region, as PILER-CR's and MinCED's users know it from Prokka and
// GenBank, a part for each repeat. No strand: which one is transcribed the array does not say.

#include "io/attribute.h"
#include "io/record.h"
#include "pipeline/heads/crispr/crispr_array.h"

#include <string>
#include <vector>

namespace heddle::pipeline {

/// All attributes that an array has, in order: rpt_family=CRISPR, rpt_type=direct, rpt_unit_seq
/// (the consensus), copies, spacer_length (the mean), identity (of the repeats with the consensus,
/// %).
std::vector<io::Attribute> crispr_attributes();

io::Interval crispr_record(const std::string& sequence, const CrisprArray& array);

}  // namespace heddle::pipeline
