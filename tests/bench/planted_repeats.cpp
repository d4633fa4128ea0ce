// Repeats planted in random sequence, and how many of them the search for pairs finds: by length,
// identity, distance and strand.
//
//   planted_repeats [SEED [FAR_MB [FASTA]]]     defaults: 1, 60, none
//
// The background is random; with FASTA its letters follow those of that genome, each drawn by the
// eleven before it. Copies are changed base by base: of the changes five in six are substitutions,
// the others insertions and deletions, so `identity` is matches by columns of the alignment. A pair
// is found when both its ends overlap what was planted by 80 % reciprocally. Options: those of
// --task repeats, but for --min-repeat 80 and --min-identity 0.7, or a copy at the limit would be
// left out for what chance took. Exit code 1 where fewer than 95 in 100 of 300 bases and more at 90
// % and more are found, or what nobody planted is told more than once in a million bases.

#include "io/source.h"
#include "pipeline/heads/repeats/pair_search.h"
#include "pipeline/metrics/repeats.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace heddle {
namespace {

constexpr int kLengths[] = {100, 150, 200, 300, 500, 1000, 3000, 20000};
constexpr double kIdentities[] = {0.80, 0.85, 0.90, 0.95, 1.0};
constexpr const char* kDistances[] = {"2 kb", "2 Mb", "far"};
constexpr std::size_t kApart = 400;  // bases between plants
constexpr int kBlock = 1 << 16;

struct Plant {
  int length = 0;
  double identity = 0;
  int distance = 0;  // of kDistances
  bool inverted = false;
  std::string unit, copy;
  io::Pair truth;
  bool found = false;
};

/// Letters of a genome's composition, or uniform ones.
class Background {
 public:
  explicit Background(std::uint32_t seed) : random_(seed) {}

  /// Learns what follows each kOrder letters.
  void learn(const std::string& file) {
    counts_.assign((std::size_t{1} << (2 * kOrder)) * 4, 0);
    const auto source = io::open_source(file, {});
    while (auto sample = source->next()) {
      for (const char letter : std::get<io::Sequence>(*sample).bases) {
        const std::size_t code = std::string_view("ACGT").find(letter);
        if (code == std::string_view::npos) continue;
        ++counts_[context_ * 4 + code];
        enter(code);
      }
    }
  }
  std::string bases(std::size_t count) {
    std::string made(count, 'A');
    for (char& letter : made) {
      const std::size_t code = next();
      enter(code);
      letter = "ACGT"[code];
    }
    return made;
  }
  std::mt19937& random() { return random_; }

 private:
  static constexpr int kOrder = 11;

  void enter(std::size_t code) {
    context_ = (context_ * 4 + code) & ((std::size_t{1} << (2 * kOrder)) - 1);
  }
  std::size_t next() {
    if (counts_.empty()) return random_() & 3;
    const std::uint32_t* const row = &counts_[context_ * 4];
    const std::uint32_t all = row[0] + row[1] + row[2] + row[3];
    if (all == 0) return random_() & 3;
    std::uint32_t draw = random_() % all;
    std::size_t code = 0;
    while (draw >= row[code]) draw -= row[code++];
    return code;
  }

  std::mt19937 random_;
  std::size_t context_ = 0;
  std::vector<std::uint32_t> counts_;  // (4^kOrder, 4)
};

double uniform(std::mt19937& random) { return static_cast<double>(random()) / 4294967296.0; }

std::string changed(const std::string& unit, double identity, Background& background) {
  std::mt19937& random = background.random();
  std::string made;
  for (const char base : unit) {
    if (uniform(random) < identity) {
      made += base;
      continue;
    }
    const double kind = uniform(random);
    if (kind < 1.0 / 12) continue;      // deleted
    if (kind < 2.0 / 12) made += base;  // and one inserted
    char other = base;
    while (other == base) other = "ACGT"[random() & 3];
    made += other;
  }
  return made;
}

std::string reversed(std::string bases) {
  std::ranges::reverse(bases);
  for (char& base : bases) base = base == 'A' ? 'T' : base == 'T' ? 'A' : base == 'C' ? 'G' : 'C';
  return bases;
}

std::vector<Plant> make_plants(Background& background) {
  std::vector<Plant> plants;
  for (int distance = 0; distance < 3; ++distance) {
    for (const int length : kLengths) {
      for (const double identity : kIdentities) {
        const int count = std::clamp(40000 / length, 4, 20);
        for (int i = 0; i < 2 * count; ++i) {
          Plant plant{length, identity, distance, i % 2 == 1, {}, {}, {}, false};
          plant.unit = background.bases(static_cast<std::size_t>(length));
          plant.copy = changed(plant.unit, identity, background);
          if (plant.inverted) plant.copy = reversed(plant.copy);
          plants.push_back(std::move(plant));
        }
      }
    }
  }
  return plants;
}

/// The sequence, with the truth entered in the plants.
class Field {
 public:
  explicit Field(Background& background) : background_(background) {}

  void gap(std::size_t bases) { sequence_ += background_.bases(bases); }
  void unit(Plant& plant) { put(plant.unit, plant.truth.second); }
  void copy(Plant& plant) {
    put(plant.copy, plant.truth.first);
    plant.truth.strand = plant.inverted ? '-' : '+';
    plant.truth.matches = plant.truth.columns = plant.length;
  }
  const std::string& sequence() const { return sequence_; }

 private:
  void put(const std::string& bases, io::Pair::End& end) {
    end.start = static_cast<std::int64_t>(sequence_.size());
    sequence_ += bases;
    end.end = static_cast<std::int64_t>(sequence_.size());
    gap(kApart);
  }

  Background& background_;
  std::string sequence_;
};

std::string plant_all(std::vector<Plant>& plants, std::size_t far, Background& background) {
  Field field(background);
  const auto each = [&](int distance, const std::function<void(Plant&)>& act) {
    for (Plant& plant : plants) {
      if (plant.distance == distance) act(plant);
    }
  };
  each(2, [&](Plant& plant) { field.unit(plant); });
  each(1, [&](Plant& plant) { field.unit(plant); });
  each(1, [&](Plant& plant) { field.copy(plant); });
  each(0, [&](Plant& plant) {
    field.unit(plant);
    field.gap(2000);
    field.copy(plant);
  });
  if (field.sequence().size() < far) field.gap(far - field.sequence().size());
  each(2, [&](Plant& plant) { field.copy(plant); });
  return field.sequence();
}

std::vector<io::Pair> found_in(const std::string& sequence) {
  pipeline::RepeatOptions options;
  options.min_length = 80;
  options.min_identity = 0.7;
  pipeline::PairSearch search(options);
  search.begin();
  for (std::size_t at = 0; at < sequence.size(); at += kBlock) {
    search.push(std::string_view(sequence).substr(at, kBlock));
  }
  std::vector<io::Pair> pairs;
  for (const pipeline::RepeatPair& pair : search.finish()) {
    io::Pair made;
    made.first = {"", pair.begin, pair.end, 0};
    made.second = {"", pair.early_begin, pair.early_end, 0};
    made.strand = pair.inverted ? '-' : '+';
    made.matches = pair.matches;
    made.columns = pair.columns;
    pairs.push_back(made);
  }
  return pairs;
}

/// Marks what was found; the share of what was said that was planted.
double judge(std::vector<Plant>& plants, const std::vector<io::Pair>& said) {
  const pipeline::RepeatLimits any{
      .min_length = 1, .min_identity = 0, .overlap = 0.8, .arrays = true};
  std::vector<io::Pair> truths;
  for (Plant& plant : plants) {
    truths.push_back(plant.truth);
    plant.found = pipeline::score_repeats({&plant.truth, 1}, said, any).found == 1;
  }
  pipeline::RepeatLimits loose = any;
  loose.overlap = 0.5;
  const auto score = pipeline::score_repeats(truths, said, loose);
  return static_cast<double>(score.said - score.right);
}

struct Share {
  int all = 0, found = 0;
  void add(bool was_found) {
    ++all;
    found += was_found ? 1 : 0;
  }
  double value() const { return all > 0 ? static_cast<double>(found) / all : 0; }
};

void print_table(const std::vector<Plant>& plants,
                 const char* title,
                 const std::function<bool(const Plant&)>& counts) {
  std::printf("\n%s\n%8s", title, "length");
  for (const double identity : kIdentities) std::printf("  %5.0f %%", 100 * identity);
  std::printf("\n");
  for (const int length : kLengths) {
    std::printf("%8d", length);
    for (const double identity : kIdentities) {
      Share share;
      for (const Plant& plant : plants) {
        const bool here = plant.length == length && plant.identity == identity && counts(plant);
        if (here) share.add(plant.found);
      }
      std::printf("  %7.3f", share.value());
    }
    std::printf("\n");
  }
}

bool report(const std::vector<Plant>& plants, double extra, std::size_t bases) {
  print_table(plants, "Recall, all", [](const Plant&) { return true; });
  for (int distance = 0; distance < 3; ++distance) {
    print_table(plants,
                (std::string("Recall, ") + kDistances[distance] + " apart").c_str(),
                [=](const Plant& plant) { return plant.distance == distance; });
  }
  print_table(plants, "Recall, inverted", [](const Plant& plant) { return plant.inverted; });
  Share wanted;
  for (const Plant& plant : plants) {
    if (plant.length >= 300 && plant.identity >= 0.9) wanted.add(plant.found);
  }
  const double per_million = extra / static_cast<double>(bases) * 1e6;
  std::printf(
      "\n300 bases and more at 90 %% and more: %.4f of %d; told and not planted: %.0f, %.3f "
      "in a million bases\n",
      wanted.value(),
      wanted.all,
      extra,
      per_million);
  return wanted.value() >= 0.95 && per_million <= 1;
}

int run(std::span<char*> arguments) {
  const auto seed = arguments.size() > 1 ? std::atol(arguments[1]) : 1;
  const double far = arguments.size() > 2 ? std::atof(arguments[2]) : 60;
  Background background(static_cast<std::uint32_t>(seed));
  if (arguments.size() > 3) background.learn(arguments[3]);
  std::vector<Plant> plants = make_plants(background);
  const std::string sequence = plant_all(plants, static_cast<std::size_t>(far * 1e6), background);
  const auto start = std::chrono::steady_clock::now();
  const std::vector<io::Pair> said = found_in(sequence);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  std::printf(
      "seed %ld, %zu bases, %zu plants, far: %.1f Mb; %zu pairs told in %.1f s\n",
      seed,
      sequence.size(),
      plants.size(),
      static_cast<double>(plants.back().truth.first.start - plants.back().truth.second.start) / 1e6,
      said.size(),
      taken.count());
  return report(plants, judge(plants, said), sequence.size()) ? 0 : 1;
}

}  // namespace
}  // namespace heddle

int main(int argc, char** argv) {
  try {
    return heddle::run({argv, static_cast<std::size_t>(argc)});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "planted_repeats: %s\n", error.what());
    return 2;
  }
}
