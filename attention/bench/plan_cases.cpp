#include "attention/bench/measurement.h"
#include "attention/patterns/pattern.h"

#include <string>

namespace heddle::attention::bench {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

/// 0 where the plan is sound and says what the pattern says about some pairs, else 1.
double wrong(const BlockPlan& planned, const Pattern& pattern, std::int64_t tokens) {
  try {
    validate(planned);
  } catch (const std::invalid_argument&) {
    return 1;
  }
  std::uint64_t state = 1;
  const auto draw = [&](std::int64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::int64_t>((state >> 33) % static_cast<std::uint64_t>(below));
  };
  for (int i = 0; i < 4000; ++i) {
    const std::int64_t q = draw(tokens);
    const std::int64_t k = i % 2 == 0 ? draw(tokens) : std::max<std::int64_t>(0, q - draw(2000));
    if (attends(planned, 0, q, k) != pattern.attends(0, q, k)) return 1;
  }
  return 0;
}

Measurement measure_plan(const std::string& text, std::int64_t tokens) {
  const Pattern pattern = parse_pattern(text);
  Measurement made;
  BlockPlan planned;
  made.best = time_of([&] { planned = plan(pattern, {1, 0, tokens, 0, tokens, 64, 64}); });
  made.items = static_cast<double>(tokens);
  made.unit = "tokens";
  made.error = wrong(planned, pattern, tokens);
  return made;
}

}  // namespace

std::vector<Case> plan_cases() {
  std::vector<Case> cases;
  for (const char* text : {"window(256)",
                           "dilated(64,4)",
                           "window(256)|strided(512,causal)",
                           "block_local(512)",
                           "global(0:64)",
                           "random(3,seed=1)",
                           "window(96)|global(0:64)|random(3,seed=1)"}) {
    for (const std::int64_t millions : {1, 10}) {
      cases.push_back({"plan " + std::string(text) + " " + std::to_string(millions) + "M",
                       [text, millions] { return measure_plan(text, millions * kMillion); }});
    }
  }
  return cases;
}

}  // namespace heddle::attention::bench
