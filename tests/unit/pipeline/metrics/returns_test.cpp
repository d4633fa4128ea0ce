#include "pipeline/metrics/returns.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

constexpr ReturnLimits kLimits{.shortest = 10, .longest = 50, .window = 5};

std::vector<LabelledBox> rows(std::int64_t from, std::int64_t to, std::int64_t id) {
  std::vector<LabelledBox> list;
  for (std::int64_t frame = from; frame <= to; ++frame)
    list.push_back({frame, id, {10, 10, 20, 40}});
  return list;
}

std::vector<LabelledBox> both(std::vector<LabelledBox> first,
                              const std::vector<LabelledBox>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// One object, hidden from frame 21 to `back` - 1.
ReturnCounts judged(std::int64_t back, const std::vector<LabelledBox>& said) {
  return count_returns(
      find_returns(rows(1, 120, 1), both(rows(1, 20, 1), rows(back, 120, 1)), said, kLimits));
}

TEST(Returns, TheSameIdentityBeforeAndAfterIsKept) {
  const ReturnCounts counts = judged(41, both(rows(1, 20, 7), rows(41, 60, 7)));
  EXPECT_EQ(counts.returns, 1);
  EXPECT_EQ(counts.kept, 1);
  EXPECT_EQ(counts.switched(), 0);
}

TEST(Returns, AnIdentityThatWasNotThereBeforeIsNew) {
  const ReturnCounts counts = judged(41, both(rows(1, 20, 7), rows(43, 60, 8)));
  EXPECT_EQ(counts.kept, 0);
  EXPECT_EQ(counts.fresh, 1);
  EXPECT_EQ(counts.wrong, 0);
}

TEST(Returns, AnIdentityThatWasSomebodyElsesIsWrong) {
  std::vector<LabelledBox> said = both(rows(1, 20, 7), rows(43, 60, 8));
  said.push_back({15, 8, {200, 10, 20, 40}});
  const ReturnCounts counts = judged(41, said);
  EXPECT_EQ(counts.wrong, 1);
  EXPECT_EQ(counts.switched(), 1);
}

TEST(Returns, NotFoundSoonEnoughIsNeither) {
  const ReturnCounts counts = judged(41, both(rows(1, 20, 7), rows(50, 60, 8)));
  EXPECT_EQ(counts.returns, 1);
  EXPECT_EQ(counts.kept + counts.switched(), 0);
}

TEST(Returns, ShorterAndLongerGapsDoNotCount) {
  EXPECT_EQ(judged(30, rows(1, 60, 7)).returns, 0) << "9 frames";
  EXPECT_EQ(judged(31, rows(1, 60, 7)).returns, 1) << "10 frames";
  EXPECT_EQ(judged(72, rows(1, 80, 7)).returns, 0) << "51 frames";
}

TEST(Returns, SomebodyBehindAnotherIsNotFoundByTheOthersBox) {
  const std::vector<LabelledBox> hidden = rows(1, 120, 1);
  std::vector<LabelledBox> truth = hidden, in_front = rows(1, 120, 2);
  for (LabelledBox& row : in_front) row.box.x += 3;
  truth.insert(truth.end(), in_front.begin(), in_front.end());
  std::vector<LabelledBox> said = both(rows(1, 20, 7), rows(43, 60, 7));
  for (LabelledBox& row : in_front) row.id = 8;
  said.insert(said.end(), in_front.begin(), in_front.end());
  const auto ends = find_returns(truth, both(rows(1, 20, 1), rows(41, 120, 1)), said, kLimits);
  EXPECT_EQ(ends, std::vector{ReturnEnd::kKept}) << "8 is the other's, also where 7 is not told";
}

TEST(Returns, TwoAreComparedOnThoseThatBothFound) {
  using enum ReturnEnd;
  const std::vector<ReturnEnd> ours = {kKept, kWrong, kNew, kNotFound};
  const std::vector<ReturnEnd> theirs = {kNew, kNotFound, kKept, kKept};
  const ReturnCounts counts = count_common_returns(ours, theirs);
  EXPECT_EQ(counts.returns, 4);
  EXPECT_EQ(counts.kept, 1);
  EXPECT_EQ(counts.wrong, 0) << "the other did not find that one";
  EXPECT_EQ(counts.fresh, 1);
  EXPECT_THROW(count_common_returns(ours, std::span(theirs).first(3)), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
