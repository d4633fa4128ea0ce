// Whoever learns of an identity also learns that it ended: of every association, motion's and those
// of a detector's boxes.

#include "pipeline/associations/attention_stage.h"
#include "pipeline/associations/box_association.h"
#include "pipeline/associations/box_attention_stage.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace heddle::pipeline {
namespace {

using State = io::Track::State;

struct Rule {
  std::string name;
  std::unique_ptr<Stage> (*make)(const std::string& name);
};

std::unique_ptr<Stage> by_motion(const std::string&) {
  AssociationSettings settings;
  settings.memory = false;
  return std::make_unique<AssociationStage>(settings, std::nullopt);
}
std::unique_ptr<Stage> by_looks(const std::string&) {
  return std::make_unique<BoxAttentionStage>(std::nullopt);
}
std::unique_ptr<Stage> by_boxes(const std::string& name) {
  return std::make_unique<BoxAssociationStage>(name);
}

std::vector<Rule> rules() {
  std::vector<Rule> all{{"motion", by_motion}, {"looks", by_looks}};
  for (const std::string_view name : box_associations()) {
    all.push_back({std::string(name), by_boxes});
  }
  return all;
}

class EveryRule : public testing::TestWithParam<Rule> {
 protected:
  /// Feeds a frame; ids must be told before they end, end once and never be told again.
  void show(double seconds, std::vector<Detection> boxes, bool after_gap = false) {
    Item item;
    item.frame.emplace();
    item.frame->number = next_++;
    item.frame->seconds = seconds;
    item.frame->after_gap = after_gap;
    item.frame->width = 1000;
    item.frame->height = 500;
    item.detections = std::move(boxes);
    stage_->process(item);
    for (const io::Record& record : item.records) {
      const auto& track = std::get<io::Track>(record);
      EXPECT_FALSE(ended_.contains(track.id)) << track.id << " in frame " << next_ - 1;
      EXPECT_EQ(track.frame, next_ - 1);
      if (track.state == State::kEnded) {
        EXPECT_TRUE(told_.contains(track.id)) << track.id;
        EXPECT_EQ(track.score, 0);
        ended_.insert(track.id);
      } else {
        told_.insert(track.id);
      }
    }
  }
  static Detection walker(double x, double y, double score = 0.9) {
    return {{x, y, 30, 60}, score};
  }

  std::unique_ptr<Stage> stage_ = GetParam().make(GetParam().name);
  std::set<std::int64_t> told_, ended_;
  std::int64_t next_ = 0;
};

INSTANTIATE_TEST_SUITE_P(All, EveryRule, testing::ValuesIn(rules()), [](const auto& rule) {
  return rule.param.name;
});

TEST_P(EveryRule, TellsOnceThatEachIdentityEnded) {
  constexpr double kFrame = 0.04;
  double seconds = 0;
  for (int i = 0; i < 200; ++i, seconds += kFrame) {
    std::vector<Detection> boxes;
    const double step = 3.0 * i;
    if (i < 60) boxes.push_back(walker(10 + step, 20));
    if (i % 40 < 25) boxes.push_back(walker(900 - step, 120, i % 7 == 3 ? 0.3 : 0.9));
    if (i > 80 && i < 120) boxes.push_back(walker(step - 200, 300));
    if (i % 30 == 5) boxes.push_back(walker(300, 420, 0.95));  // of nothing
    show(seconds, std::move(boxes));
  }
  EXPECT_GE(told_.size(), 3u);
  for (int i = 0; i < 200; ++i, seconds += kFrame) show(seconds, {});
  EXPECT_EQ(ended_, told_);
}

TEST_P(EveryRule, TellsBehindALongGapThatWhoWasThereEnded) {
  double seconds = 0;
  for (int i = 0; i < 40; ++i, seconds += 0.04) {
    show(seconds, {walker(10 + 3.0 * i, 20), walker(10 + 3.0 * i, 300)});
  }
  EXPECT_EQ(told_.size(), 2u);
  EXPECT_TRUE(ended_.empty());
  show(seconds + 60, {}, true);
  EXPECT_EQ(ended_, told_);
}

}  // namespace
}  // namespace heddle::pipeline
