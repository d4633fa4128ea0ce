#include "attention/mechanisms/mechanism_factories.h"
#include "attention/patterns/call_arguments.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace heddle::attention {
namespace {

using Make = std::unique_ptr<Mechanism> (*)(CallArguments&);

struct Entry {
  MechanismRow row;
  Make make;
};

constexpr std::int64_t kMostRounds = 64;
constexpr std::int64_t kMostIterations = 1000;
constexpr std::int64_t kMostTokens = std::int64_t{1} << 40;

std::int64_t within(std::string_view what, std::int64_t value, std::int64_t most) {
  if (value >= 1 && value <= most) return value;
  throw std::invalid_argument("mechanism: expected " + std::string(what) + " from 1 to " +
                              std::to_string(most) + ", found " + std::to_string(value));
}

std::int64_t number(CallArguments& arguments, std::string_view what) {
  return within(what, arguments.number(what), kMostTokens);
}

std::int64_t named(CallArguments& arguments,
                   std::string_view name,
                   std::uint64_t otherwise,
                   std::int64_t most) {
  const std::uint64_t value = arguments.named(name).value_or(otherwise);
  return within(
      name, static_cast<std::int64_t>(std::min<std::uint64_t>(value, kMaxPosition)), most);
}

/// A temperature is written in hundredths.
double temperature(CallArguments& arguments, std::uint64_t otherwise) {
  return static_cast<double>(named(arguments, "temperature", otherwise, 10'000)) / 100;
}

std::unique_ptr<Mechanism> make_lsh(CallArguments& a) {
  LshSpec spec;
  spec.buckets = static_cast<int>(within("buckets", a.number("buckets"), 1 << 20));
  if (spec.buckets % 2 != 0) {
    throw std::invalid_argument("mechanism: expected an even number of buckets, found " +
                                std::to_string(spec.buckets));
  }
  spec.chunk = number(a, "chunk");
  spec.causal = a.direction() == Direction::kCausal;
  spec.rounds = static_cast<int>(named(a, "rounds", 1, kMostRounds));
  return lsh_mechanism(spec);
}

std::unique_ptr<Mechanism> make_routing(CallArguments& a) {
  const std::int64_t clusters = number(a, "clusters");
  const std::int64_t window = number(a, "window");
  return routing_mechanism(clusters, window, a.direction() == Direction::kCausal);
}

std::unique_ptr<Mechanism> make_sinkhorn(CallArguments& a) {
  SinkhornSpec spec;
  spec.bucket = number(a, "bucket");
  spec.iterations = static_cast<int>(named(a, "iterations", 7, kMostIterations));
  spec.temperature = temperature(a, 75);
  return sinkhorn_mechanism(spec);
}

std::unique_ptr<Mechanism> make_nsa(CallArguments& a) {
  NsaSpec spec;
  spec.block = number(a, "block");
  spec.top = number(a, "top");
  spec.window = number(a, "window");
  return nsa_mechanism(spec);
}

std::unique_ptr<Mechanism> make_gated(CallArguments& a) {
  GatedSpec spec;
  spec.block = number(a, "block");
  spec.gate.top = static_cast<int>(within("top", a.number("top"), 1 << 20));
  spec.gate.temperature = static_cast<float>(temperature(a, 100));
  spec.seed = a.named("seed").value_or(0);
  return gated_mechanism(spec);
}

// THE LIST.
constexpr std::array kEntries = {
    Entry{{"lsh",
           "lsh(BUCKETS,CHUNK[,causal][,rounds=1])",
           "tokens in one bucket of a hash, sorted and cut into chunks; keys are the queries; "
           "chunks depend on later tokens, causal or not",
           "arXiv 2001.04451"},
          make_lsh},
    Entry{{"routing",
           "routing(CLUSTERS,WINDOW[,causal])",
           "the WINDOW queries and keys nearest to each centroid attend one another; who is "
           "nearest depends on later tokens, causal or not",
           "arXiv 2003.05997"},
          make_routing},
    Entry{{"sinkhorn",
           "sinkhorn(BUCKET[,iterations=7][,temperature=75])",
           "a token's bucket and the one that a doubly stochastic matrix mixes for it",
           "arXiv 2002.11296"},
          make_sinkhorn},
    Entry{{"nsa",
           "nsa(BLOCK,TOP,WINDOW)",
           "compressed, selected and near keys, each by a gate",
           "arXiv 2502.11089"},
          make_nsa},
    Entry{{"linear", "linear()", "linear attention of elu + 1, causal", "arXiv 2006.16236"},
          [](CallArguments& /*none*/) { return linear_mechanism(); }},
    Entry{{"delta", "delta()", "the gated delta rule, causal", "arXiv 2412.06464"},
          [](CallArguments& /*none*/) { return delta_mechanism(); }},
    Entry{{"gated",
           "gated(BLOCK,TOP[,temperature=100][,seed=0])",
           "earlier blocks by a gate that learns through its choice; with a seed, by Gumbel noise",
           "arXiv 1308.3432, 1611.01144"},
          make_gated},
};

std::string names() {
  std::string all;
  for (const Entry& entry : kEntries) {
    all += (all.empty() ? "" : ", ") + std::string(entry.row.name);
  }
  return all;
}

}  // namespace

std::unique_ptr<Mechanism> parse_mechanism(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::string_view name = text.substr(0, open);
  const auto* const entry =
      std::ranges::find_if(kEntries, [&](const Entry& e) { return e.row.name == name; });
  if (entry == kEntries.end() || open == std::string_view::npos || !text.ends_with(')')) {
    throw std::invalid_argument("mechanism '" + std::string(text) +
                                "': expected name(arguments), the name one of " + names());
  }
  CallArguments arguments = arguments_of(text, open + 1);
  std::unique_ptr<Mechanism> made = entry->make(arguments);
  arguments.finish();
  return made;
}

std::span<const MechanismRow> mechanism_rows() {
  static const auto rows = [] {
    std::array<MechanismRow, kEntries.size()> all;
    std::ranges::transform(kEntries, all.begin(), [](const Entry& e) { return e.row; });
    return all;
  }();
  return rows;
}

}  // namespace heddle::attention
