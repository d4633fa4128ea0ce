#include "pipeline/heads/repeats/repeat_records.h"

#include "pipeline/heads/repeats/families.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr std::int64_t kNear = 10000;  // bases between the arms of an inverted_repeat interval

constexpr const char* kTandemType = "tandem_repeat";
constexpr const char* kPeriod = "period";

using Attribute = std::pair<std::string, std::string>;

std::string fixed(double value, int decimals) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

io::Interval copy_record(const std::string& sequence, const RepeatCopy& copy) {
  io::Interval record;
  record.sequence = sequence;
  record.type = "repeat_region";
  record.strand = '.';
  record.parts = {{copy.begin, copy.end, 0}};
  record.score = copy.in_family;
  record.attributes = {{"rpt_family", "R" + std::to_string(copy.family)},
                       {"copies", std::to_string(copy.in_family)}};
  return record;
}

io::Interval arms_record(const std::string& sequence, const RepeatPair& pair) {
  io::Interval record;
  record.sequence = sequence;
  record.type = "inverted_repeat";
  record.strand = '.';
  record.parts = {{pair.early_begin, pair.early_end, 0}, {pair.begin, pair.end, 0}};
  record.score = static_cast<double>(pair.score) / 2;
  record.attributes = {{"rpt_type", "inverted"}, {"identity", fixed(100 * pair.identity(), 2)}};
  return record;
}

/// An array whose copies are longer than those that are looked for by their period.
io::Interval long_array_record(const std::string& sequence, const RepeatPair& pair) {
  const std::int64_t period = pair.begin - pair.early_begin;
  io::Interval record;
  record.sequence = sequence;
  record.type = "tandem_repeat";
  record.strand = '.';
  record.parts = {{pair.early_begin, pair.end, 0}};
  record.score = static_cast<double>(pair.score) / 2;
  const double copies =
      static_cast<double>(pair.end - pair.early_begin) / static_cast<double>(period);
  record.attributes = {{"rpt_type", "tandem"},
                       {"period", std::to_string(period)},
                       {"copies", fixed(copies, 1)},
                       {"identity", fixed(100 * pair.identity(), 1)}};
  return record;
}

const char* kind_of(const RepeatPair& pair) {
  if (pair.self_overlap() > 0) return "tandem";
  return pair.inverted ? "inverted" : "direct";
}

}  // namespace

io::Interval tandem_record(const std::string& sequence, const TandemArray& array) {
  static constexpr char kLetters[] = "ACGT";
  std::string unit;
  for (const std::uint8_t code : array.consensus) unit += kLetters[code & 3];
  io::Interval record;
  record.sequence = sequence;
  record.type = kTandemType;
  record.strand = '.';
  record.parts = {{array.begin, array.end, 0}};
  record.score = static_cast<double>(array.score);
  record.attributes = {{"rpt_type", "tandem"},
                       {kPeriod, std::to_string(array.period)},
                       {"copies", fixed(array.copies(), 1)},
                       {"identity", fixed(100 * array.identity(), 1)},
                       {"rpt_unit_seq", unit}};
  return record;
}

std::vector<ArrayStretch> arrays_in(const std::vector<io::Record>& records) {
  std::vector<ArrayStretch> arrays;
  for (const io::Record& record : records) {
    const auto* interval = std::get_if<io::Interval>(&record);
    if (interval == nullptr || interval->type != kTandemType) continue;
    const auto period = std::ranges::find(interval->attributes, kPeriod, &Attribute::first);
    arrays.push_back(
        {interval->parts.front().start, interval->parts.front().end, std::stoi(period->second)});
  }
  return arrays;
}

void append_pair_records(const std::string& sequence,
                         std::int64_t length,
                         const std::vector<RepeatPair>& pairs,
                         int max_period,
                         std::vector<io::Record>& records) {
  for (const RepeatCopy& copy : group_copies(pairs)) {
    records.emplace_back(copy_record(sequence, copy));
  }
  for (const RepeatPair& pair : pairs) {
    const bool near =
        pair.inverted && pair.self_overlap() == 0 && pair.begin - pair.early_end <= kNear;
    if (near) records.emplace_back(arms_record(sequence, pair));
    const bool array = !pair.inverted && pair.self_overlap() > 0;
    if (array && pair.begin - pair.early_begin > max_period) {
      records.emplace_back(long_array_record(sequence, pair));
    }
  }
  for (const RepeatPair& pair : pairs) {
    io::Pair record;
    record.name = "p" + std::to_string(&pair - pairs.data() + 1);
    record.first = {sequence, pair.begin, pair.end, length};
    record.second = {sequence, pair.early_begin, pair.early_end, length};
    record.strand = pair.inverted ? '-' : '+';
    record.matches = pair.matches;
    record.columns = pair.columns;
    record.score = static_cast<double>(pair.score) / 2;
    record.attributes = {{"type", kind_of(pair)}};
    records.emplace_back(std::move(record));
  }
}

std::vector<io::Attribute> repeat_attributes() {
  using Type = io::Attribute::Type;
  return {{"rpt_type"},
          {"rpt_family"},
          {kPeriod, Type::kInteger},
          {"copies", Type::kNumber},
          {"identity", Type::kNumber},
          {"rpt_unit_seq"}};
}

}  // namespace heddle::pipeline
