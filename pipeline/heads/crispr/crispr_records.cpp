#include "pipeline/heads/crispr/crispr_records.h"

#include <cstdio>

namespace heddle::pipeline {
namespace {

std::string tenths(double value) {
  char text[48];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

}  // namespace

std::vector<io::Attribute> crispr_attributes() {
  using Type = io::Attribute::Type;
  return {{"rpt_family"},
          {"rpt_type"},
          {"rpt_unit_seq"},
          {"copies", Type::kInteger},
          {"spacer_length", Type::kNumber},
          {"identity", Type::kNumber}};
}

io::Interval crispr_record(const std::string& sequence, const CrisprArray& array) {
  io::Interval record;
  record.sequence = sequence;
  record.type = "repeat_region";
  record.strand = '.';
  for (const CrisprArray::Repeat& repeat : array.repeats) {
    record.parts.push_back({repeat.begin, repeat.end, 0});
  }
  record.score = array.score;
  record.attributes = {{"rpt_family", "CRISPR"},
                       {"rpt_type", "direct"},
                       {"rpt_unit_seq", array.consensus},
                       {"copies", std::to_string(array.repeats.size())},
                       {"spacer_length", tenths(array.mean_spacer())},
                       {"identity", tenths(100 * array.identity)}};
  return record;
}

}  // namespace heddle::pipeline
