// The looks of BoxAttention: which boxes are worth one, what it adds to the logits, and what is
// remembered.

#include "pipeline/associations/box_attention_round.h"
#include "pipeline/elapsed.h"

#include <algorithm>
#include <limits>

namespace heddle::pipeline {
namespace {

constexpr double kApart = 0.05;         // IoU with others below which a sight is clean
constexpr std::size_t kNeighbours = 2;  // that a remembered sight is told apart from
constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kNone = -std::numeric_limits<double>::infinity();

/// The share of box `index` under boxes whose lower edges are lower, and so nearer.
double covered(std::span<const Detection> boxes, std::size_t index, double least_score) {
  const Box& box = boxes[index].box;
  double free = 1;
  for (std::size_t b = 0; b < boxes.size(); ++b) {
    const bool nearer = b != index && boxes[b].box.bottom() > box.bottom();
    if (nearer && boxes[b].score >= least_score) free *= 1 - share_inside(box, boxes[b].box);
  }
  return 1 - free;
}

struct Question {
  std::size_t box = 0;                  // in Pairs
  double margin = 0;                    // of the best answer: the less, the more a look is worth
  std::vector<std::size_t> candidates;  // in Pairs
};

}  // namespace

/// A box that two objects could claim is looked at, and one that could be a lost object's. Of
/// objects in view, looks say which of them it is rather, since what stands in another's way spoils
/// the sight of both; of a lost one, whether it is that at all.
void BoxAttention::look(Round& round, Pairs& pairs) {
  const double reach = settings_.look_reach;
  const auto lost = [&](std::size_t o) {
    return objects_[pairs.objects[o]].misses > settings_.memory.view;
  };
  std::vector<Question> questions;
  for (std::size_t b = 0; b < pairs.boxes.size(); ++b) {
    double best = kNone;
    for (std::size_t o = 0; o < pairs.objects.size(); ++o) best = std::max(best, pairs.at(o, b));
    Question question{b, reach, {}};
    bool absent = false;
    for (std::size_t o = 0; o < pairs.objects.size(); ++o) {
      const double odds = pairs.at(o, b);
      const bool known = objects_[pairs.objects[o]].looks.sights.has_value();
      if (!known || odds < -reach || odds < best - reach) continue;
      question.candidates.push_back(o);
      absent = absent || lost(o);
      if (odds < best) question.margin = std::min(question.margin, best - odds);
    }
    if (question.candidates.size() < 2 && !absent) continue;
    const std::size_t own = pairs.boxes[b];
    if (covered(round.boxes, own, settings_.high_score) > settings_.look_covered) continue;
    questions.push_back(std::move(question));
  }
  std::stable_sort(questions.begin(), questions.end(), [](const auto& a, const auto& b) {
    return a.margin < b.margin;
  });
  for (const Question& question : questions) {
    const std::size_t own = pairs.boxes[question.box];
    if (!looks_->see(own, round.boxes[own].box)) return;
    std::vector<double> says;
    double most = kNone;
    for (const std::size_t o : question.candidates) {
      says.push_back(looks_->odds(own, objects_[pairs.objects[o]].looks));
      if (!lost(o)) most = std::max(most, says.back());
    }
    for (std::size_t c = 0; c < says.size(); ++c) {
      const std::size_t o = question.candidates[c];
      pairs.at(o, question.box) += settings_.look_weight * (lost(o) ? says[c] : says[c] - most);
    }
  }
}

/// Clean sights go to the objects' memories, those that waited longest first; what they look like
/// beside their neighbours teaches what looks are worth.
void BoxAttention::remember(const Round& round) {
  struct Due {
    double waited = 0;  // seconds
    std::size_t box = 0;
  };
  const double now = round.frame.seconds;
  std::vector<Due> due;
  for (std::size_t b = 0; b < round.boxes.size(); ++b) {
    if (round.owners[b] < 0) continue;
    const Object& object = objects_[static_cast<std::size_t>(round.owners[b])];
    const double waited = object.looks.sights ? now - object.looks.seen_at : kNever;
    const bool is_due =
        !object.looks.sights || has_passed(object.looks.seen_at, now, settings_.look_every);
    if (!object.proved || !is_due) continue;
    bool clean = true;
    for (std::size_t c = 0; c < round.boxes.size() && clean; ++c) {
      const bool counts = c != b && round.boxes[c].score >= settings_.high_score;
      clean = !counts || iou(round.boxes[c].box, round.boxes[b].box) < kApart;
    }
    if (clean) due.push_back({waited, b});
  }
  std::stable_sort(
      due.begin(), due.end(), [](const Due& a, const Due& b) { return a.waited > b.waited; });
  for (const Due& next : due) {
    const Box& box = round.boxes[next.box].box;
    if (!looks_->see(next.box, box)) return;
    const auto owner = static_cast<std::size_t>(round.owners[next.box]);
    std::vector<std::pair<double, std::size_t>> others;
    for (std::size_t o = 0; o < objects_.size(); ++o) {
      const Object& other = objects_[o];
      if (o == owner || !other.looks.sights) continue;
      others.emplace_back(centre_distance(other.memory.box(), box), o);
    }
    const std::size_t near = std::min(kNeighbours, others.size());
    std::partial_sort(
        others.begin(), others.begin() + static_cast<std::ptrdiff_t>(near), others.end());
    for (std::size_t i = 0; i < near; ++i) {
      looks_->tell_apart(next.box, objects_[others[i].second].looks);
    }
    looks_->remember(next.box, objects_[owner].looks);
  }
}

}  // namespace heddle::pipeline
