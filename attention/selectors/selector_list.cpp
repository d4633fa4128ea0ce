#include "attention/patterns/call_arguments.h"
#include "attention/selectors/selectors.h"

#include <algorithm>
#include <array>

namespace heddle::attention {
namespace {

using Make = std::unique_ptr<Selector> (*)(CallArguments&);

struct Entry {
  SelectorRow row;
  Make make;
};

std::int64_t named(CallArguments& arguments, std::string_view name, std::uint64_t otherwise) {
  constexpr std::uint64_t kMost = kMaxPosition;
  return static_cast<std::int64_t>(std::min(arguments.named(name).value_or(otherwise), kMost));
}

// THE LIST.
constexpr std::array kEntries = {
    Entry{{"moba",
           "moba(BLOCK,TOP[,queries=1])",
           "a query's own block and those whose mean keys it likes best",
           "arXiv 2502.13189"},
          [](CallArguments& a) {
            const std::int64_t block = a.number("block");
            const std::int64_t top = a.number("top");
            return moba(block, top, named(a, "queries", 1));
          }},
    Entry{{"quest",
           "quest(BLOCK,TOP[,queries=1])",
           "a query's own block and those with the largest bound of a logit",
           "arXiv 2406.10774"},
          [](CallArguments& a) {
            const std::int64_t block = a.number("block");
            const std::int64_t top = a.number("top");
            return quest(block, top, named(a, "queries", 1));
          }},
    Entry{{"compressed",
           "compressed(BLOCK,TOP[,queries=1])",
           "a query's own block and those whose mean keys hold most of a softmax",
           "arXiv 2502.11089"},
          [](CallArguments& a) {
            const std::int64_t block = a.number("block");
            const std::int64_t top = a.number("top");
            return compressed(block, top, named(a, "queries", 1));
          }},
    Entry{{"xattention",
           "xattention(BLOCK[,stride=8][,mass=90])",
           "the fewest blocks that hold MASS % of the antidiagonal sums",
           "arXiv 2503.16428"},
          [](CallArguments& a) {
            return xattention({.block = a.number("block"),
                               .stride = named(a, "stride", 8),
                               .mass = static_cast<double>(named(a, "mass", 90)) / 100});
          }},
    Entry{{"hierarchical",
           "hierarchical(BLOCK,FAN,TOP[,queries=1])",
           "as moba, found through means of means of FAN nodes each",
           "definition"},
          [](CallArguments& a) {
            const std::int64_t block = a.number("block");
            const std::int64_t fan = a.number("fan");
            const std::int64_t top = a.number("top");
            return hierarchical({block, fan, top, named(a, "queries", 1)});
          }},
    Entry{{"top_k", "top_k(TOP)", "the keys with the largest products, a query", "definition"},
          [](CallArguments& a) { return top_k(a.number("top")); }},
    Entry{{"indexer",
           "indexer(TOP)",
           "the keys that light index heads like best, for all heads",
           "DeepSeek-V3.2-Exp report"},
          [](CallArguments& a) { return indexer(a.number("top")); }},
    Entry{
        {"scorer", "scorer(TOP)", "a learned scorer's best tokens, for every query", "definition"},
        [](CallArguments& a) { return scorer(a.number("top")); }},
};

std::string names() {
  std::string all;
  for (const Entry& entry : kEntries)
    all += (all.empty() ? "" : ", ") + std::string(entry.row.name);
  return all;
}

}  // namespace

std::unique_ptr<Selector> parse_selector(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::string_view name = text.substr(0, open);
  const auto* const entry =
      std::ranges::find_if(kEntries, [&](const Entry& e) { return e.row.name == name; });
  if (entry == kEntries.end() || open == std::string_view::npos || !text.ends_with(')')) {
    throw std::invalid_argument("selector '" + std::string(text) +
                                "': expected name(arguments), the name one of " + names());
  }
  CallArguments arguments = arguments_of(text, open + 1);
  std::unique_ptr<Selector> made = entry->make(arguments);
  arguments.finish();
  return made;
}

std::span<const SelectorRow> selector_rows() {
  static const auto rows = [] {
    std::array<SelectorRow, kEntries.size()> all;
    std::ranges::transform(kEntries, all.begin(), [](const Entry& e) { return e.row; });
    return all;
  }();
  return rows;
}

}  // namespace heddle::attention
