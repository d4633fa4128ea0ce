#include "io/formats/feature_text.h"

#include <algorithm>

namespace heddle::io {
namespace {

constexpr std::string_view kSeqidLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:^*$@!+_?-|";

bool is_control(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return byte < 0x20 || byte == 0x7f;
}

void append_escaped(std::string& text, char letter) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(letter);
  text += '%';
  text += kDigits[byte >> 4];
  text += kDigits[byte & 15];
}

void append_attribute(std::string& text, std::string_view key, const std::string& value) {
  constexpr std::string_view kReserved = ";=&,";
  text += ';' + gff3_escape(key, kReserved) + '=' + gff3_escape(value, kReserved);
}

}  // namespace

std::string gff3_escape(std::string_view text, std::string_view reserved) {
  std::string escaped;
  for (const char letter : text) {
    if (is_control(letter) || letter == '%' || reserved.find(letter) != reserved.npos) {
      append_escaped(escaped, letter);
    } else {
      escaped += letter;
    }
  }
  return escaped;
}

std::string gff3_seqid(std::string_view name) {
  std::string escaped;
  for (const char letter : name) {
    if (kSeqidLetters.find(letter) == kSeqidLetters.npos) {
      append_escaped(escaped, letter);
    } else {
      escaped += letter;
    }
  }
  return escaped;
}

const std::string* find_attribute(const Interval& feature, std::string_view key) {
  for (const auto& [name, value] : feature.attributes) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string gff3_attributes(const Interval& feature, std::string_view id, int genetic_code) {
  std::string text = "ID=" + gff3_escape(id, ";=&,");
  const bool reverse = feature.strand == '-';
  if (feature.partial_start || feature.partial_end) text += ";partial=true";
  // The commas here separate two values and stay unescaped.
  if (reverse ? feature.partial_end : feature.partial_start) {
    text += ";start_range=.," + std::to_string(feature.parts.front().start + 1);
  }
  if (reverse ? feature.partial_start : feature.partial_end) {
    text += ";end_range=" + std::to_string(feature.parts.back().end) + ",.";
  }
  for (const auto& [key, value] : feature.attributes) {
    if (key != "ID") append_attribute(text, key, value);
  }
  if (feature.type == "CDS" && find_attribute(feature, "transl_table") == nullptr) {
    append_attribute(text, "transl_table", std::to_string(genetic_code));
  }
  return text;
}

bool is_rna(const Interval& feature) {
  return feature.type == "tRNA" || feature.type == "tmRNA" || feature.type == "rRNA";
}

bool is_crispr(const Interval& feature) {
  const std::string* family = find_attribute(feature, "rpt_family");
  return feature.type == "repeat_region" && family != nullptr && *family == "CRISPR";
}

std::string location(const Interval& feature) {
  std::string text = feature.sequence + ":";
  for (const Interval::Part& part : feature.parts) {
    if (&part != &feature.parts.front()) text += ',';
    text += std::to_string(part.start + 1) + '-' + std::to_string(part.end);
  }
  return text + '(' + feature.strand + ')';
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(line.begin(), line.end(), is_control, ' ');
  return line;
}

}  // namespace heddle::io
