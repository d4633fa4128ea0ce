#pragma once
// Shares of 1 as bars that lie, from 0 to 100 percent: what was judged above its bars, each bar
// between its name and its value. 640 pixels wide, as high as there is to show; callers bound it.
// Threads: one caller.
//
//   share_chart({"Genes", "..."}, {{"recall", "precision"}}, {{{"genes.gff3", {0.98, 0.97}}}});

#include "io/report/svg.h"

#include <span>
#include <string>
#include <vector>

namespace heddle::io::report {

struct JudgedShares {
  std::string name;            // of a long one the end is shown
  std::vector<double> shares;  // one a figure; one that is not finite has no bar, and "-" for value
};

/// Throws std::logic_error where a row has another number of shares than there are figures.
Svg share_chart(const Alternative& alternative,
                std::span<const std::string> figures,
                std::span<const JudgedShares> rows);

}  // namespace heddle::io::report
