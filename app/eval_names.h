#pragma once
// Genes, pairs and sites on sequences that only one of two files knows would all count as wrong or
// missed: the names are compared before anything is judged. Threads: plain functions; they print.

#include "io/formats/gff3_rows.h"

#include <string>
#include <vector>

namespace heddle::app {

struct JudgedFile {
  std::string path;
  const io::Gff3File& file;
  std::vector<std::string> sequences;  // that its judged genes lie on; once or more often
};

/// What lies on which sequences, once or more often.
struct JudgedNames {
  std::string path;
  std::vector<std::string> sequences;
};

/// "a, b, c and 4 more": what is `here` and not `there`, each once; empty where there is none.
std::string names_only_in(const std::vector<std::string>& here,
                          const std::vector<std::string>& there);

/// Throws InputError with the names of both where each has `what` ("genes") and no name is in both.
void require_common_name(const JudgedNames& truth,
                         const JudgedNames& predicted,
                         const std::string& what);

/// Throws InputError with the names of both where each has genes and no name is in both; warns of
/// genes on sequences that the other file does not tell of at all.
void compare_names(const JudgedFile& truth, const JudgedFile& predicted);

}  // namespace heddle::app
