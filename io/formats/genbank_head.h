#pragma once
// What a GenBank record says of itself before its features.

#include <cstdint>
#include <string>

namespace heddle::io {

struct GenbankHead {
  std::string name;  // of VERSION, else of ACCESSION, else of LOCUS
  std::string description;
  std::int64_t length = -1;  // bases, as LOCUS says; -1: it does not
  bool circular = false;

  /// Reads LOCUS (then the head begins anew), DEFINITION, ACCESSION and VERSION; lets others pass.
  void take(const std::string& line);
};

}  // namespace heddle::io
