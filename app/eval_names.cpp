#include "app/eval_names.h"

#include "app/report.h"
#include "io/error.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace heddle::app {
namespace {

using Names = std::vector<std::string>;

/// In the file's order.
Names each_once(const Names& names) {
  Names once;
  std::set<std::string> known;
  for (const std::string& name : names) {
    if (known.insert(name).second) once.push_back(name);
  }
  return once;
}

std::string first_few(const Names& names) {
  constexpr std::size_t kFew = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kFew, names.size()); ++i) {
    text.append(i == 0 ? "" : ", ").append(names[i]);
  }
  if (names.size() > kFew) text += " and " + std::to_string(names.size() - kFew) + " more";
  return text;
}

/// Names that only one file has are often one sequence under two names. A sequence that the other
/// file tells of, if only that it is there, is none of them.
Names unknown_to(const io::Gff3File& file, const Names& names) {
  std::set<std::string> told;
  for (const io::Gff3Row& row : file.rows) told.insert(row.sequence);
  Names unknown;
  for (const std::string& name : names) {
    if (!told.contains(name) && !file.lengths.contains(name)) unknown.push_back(name);
  }
  return unknown;
}

}  // namespace

std::string names_only_in(const Names& here, const Names& there) {
  const std::set<std::string> known(there.begin(), there.end());
  Names only;
  std::ranges::copy_if(here, std::back_inserter(only), [&known](const std::string& name) {
    return !known.contains(name);
  });
  return first_few(each_once(only));
}

void require_common_name(const JudgedNames& truth,
                         const JudgedNames& predicted,
                         const std::string& what) {
  const Names there = each_once(truth.sequences), here = each_once(predicted.sequences);
  const std::set<std::string> known(there.begin(), there.end());
  const auto is_known = [&known](const std::string& name) { return known.contains(name); };
  if (there.empty() || here.empty() || std::ranges::any_of(here, is_known)) return;
  throw io::InputError(predicted.path + ": its " + what + " lie on " + first_few(here) +
                       ", those of " + truth.path + " on " + first_few(there) +
                       ": no name is in both; give the sequences one name in both files");
}

void compare_names(const JudgedFile& truth, const JudgedFile& predicted) {
  require_common_name(
      {truth.path, truth.sequences}, {predicted.path, predicted.sequences}, "genes");
  const Names there = each_once(truth.sequences), here = each_once(predicted.sequences);
  const Names extra = unknown_to(truth.file, here), missed = unknown_to(predicted.file, there);
  if (!extra.empty()) {
    print_warning(predicted.path + ": its genes on " + first_few(extra) + " count as wrong, for " +
                  truth.path + " tells of no such sequence");
  }
  if (!missed.empty()) {
    print_warning(truth.path + ": its genes on " + first_few(missed) + " count as missed, for " +
                  predicted.path + " tells of no such sequence");
  }
}

}  // namespace heddle::app
