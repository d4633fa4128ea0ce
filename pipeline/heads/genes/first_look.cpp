#include "pipeline/heads/genes/first_look.h"

#include "pipeline/heads/genes/gene_lattice.h"

#include <array>
#include <cmath>

namespace heddle::pipeline {
namespace {

// Chosen on genomes of genera that the model had not seen and their copies with errors put in, in
// stretches of 128 kb (README.md): without errors at most 259 frameshifts a Mb of coding bases
// count (but for 1 of 147 stretches, with 345), with 0.1 % errors 304 to 514.
constexpr double kLookPrice = 20;
constexpr double kCleanRate = 280e-6, kNoisyRate = 330e-6;  // frameshifts a coding base
// Prices at kCleanRate; they fall to those of GenePrices at kNoisyRate.
constexpr double kClearShift = 60, kClearReadThrough = 280;
// What a short read says about itself counts for as much as this stretch of clean sequence.
constexpr double kPriorBases = 20000;
constexpr std::int64_t kDetour = 200;     // bases; a model in doubt leaves a frame and comes back
constexpr std::int64_t kStaysOpen = 300;  // bases; a frame that nobody reads soon has a stop

// Counts those frameshifts of a labeling that look like errors of the sequence.
class ShiftCount {
 public:
  /// Of the labeling of what is left of `end`. Borrows the window.
  ShiftCount(const GeneWindow& window, std::int64_t end) : window_(window), end_(end) {}

  /// Events in their order.
  void take(const GeneEvent& event) {
    std::optional<Shift>& last = last_[event.strand == '+' ? 0 : 1];
    if (event.kind == GeneEvent::Kind::kOpen) {
      coding_ += end_ - event.position;
      last.reset();
    } else if (event.kind == GeneEvent::Kind::kClose) {
      coding_ -= end_ - event.position;
    } else if (last && last->left_frame == event.frame &&
               event.position - last->position < kDetour) {
      if (last->counted) --shifts_;
      last.reset();
    } else {
      last = Shift{event.position, event.old_frame, both_frames_close(event)};
      if (last->counted) ++shifts_;
    }
  }
  double shifts() const { return static_cast<double>(shifts_); }
  double coding_bases() const { return static_cast<double>(coding_); }

 private:
  struct Shift {
    std::int64_t position;
    std::uint8_t left_frame;
    bool counted;
  };

  // The frame that is left soon comes to a stop, and the one that is entered came from one.
  bool both_frames_close(const GeneEvent& event) const {
    const auto is_stop = [&](std::int64_t codon) {
      const CodonMeaning& letters = window_.codon(codon);
      return event.strand == '+' ? letters.plus_stop : letters.minus_stop;
    };
    const std::int64_t at = event.position;
    std::int64_t right = at + (event.old_frame + 3 - at % 3) % 3;
    std::int64_t left = at - 3 - (at % 3 + 3 - event.frame) % 3;
    while (right + 3 <= window_.end() && right - at < kStaysOpen && !is_stop(right)) right += 3;
    while (left >= window_.begin() && at - left < kStaysOpen && !is_stop(left)) left -= 3;
    return right - at < kStaysOpen && at - left < kStaysOpen;
  }

  const GeneWindow& window_;
  const std::int64_t end_;
  std::array<std::optional<Shift>, 2> last_;  // of each strand's newest gene, + first
  std::int64_t shifts_ = 0, coding_ = 0;
};

}  // namespace

std::optional<ErrorPrices> error_prices(const GeneWindow& window,
                                        const GeneOptions& options,
                                        std::int64_t end) {
  const GenePrices& prices = options.prices;
  GeneOptions by_the_model_alone = options;
  by_the_model_alone.prices.codon_usage = 0;
  GeneLattice scout(window, by_the_model_alone);
  scout.clear(ErrorPrices{kLookPrice, prices.read_through, prices.evidence_limit});
  while (scout.position() < end) scout.advance();
  scout.force(end);
  ShiftCount count(window, end);
  scout.settle([&](const GeneEvent& event) { count.take(event); });
  const double rate =
      (count.shifts() + kPriorBases * kCleanRate) / (count.coding_bases() + kPriorBases);
  if (rate <= kCleanRate) return std::nullopt;
  const double noise =
      std::min(1.0, std::log(rate / kCleanRate) / std::log(kNoisyRate / kCleanRate));
  const auto between = [noise](double clean, double noisy) {
    return clean * std::pow(noisy / clean, noise);
  };
  return ErrorPrices{kClearShift + noise * (prices.shift - kClearShift),
                     between(kClearReadThrough, prices.read_through),
                     between(prices.clean_limit, prices.evidence_limit)};
}

}  // namespace heddle::pipeline
