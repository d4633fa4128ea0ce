#include "pipeline/detectors/class_votes.h"

#include <gtest/gtest.h>

namespace heddle::pipeline {
namespace {

using State = io::Track::State;

io::Track track(std::int64_t frame, std::int64_t id, double x, State state = State::kTracked) {
  io::Track made;
  made.frame = frame;
  made.id = id;
  made.x = x;
  made.width = made.height = 10;
  made.state = state;
  return made;
}

Detection detection(double x, double score, int kind) {
  Detection made;
  made.box = {x, 0, 10, 10};
  made.score = score;
  made.kind = kind;
  return made;
}

std::string name(int kind) { return kind == 0 ? "person" : "car"; }

std::string label_after(ClassVotes& votes, const io::Track& one, std::vector<Detection> seen) {
  std::vector<io::Record> records{one};
  votes.label(records, seen, name);
  return std::get<io::Track>(records[0]).label;
}

TEST(ClassVotes, GiveATrackTheClassOfTheBoxItCovers) {
  ClassVotes votes;
  EXPECT_EQ(label_after(votes, track(0, 1, 0), {detection(50, 0.9, 0), detection(1, 0.9, 1)}),
            "car");
}

TEST(ClassVotes, AreNotTurnedByOneOddAnswer) {
  ClassVotes votes;
  for (int frame = 0; frame < 3; ++frame) {
    label_after(votes, track(frame, 1, 0), {detection(0, 0.6, 0)});
  }
  EXPECT_EQ(label_after(votes, track(3, 1, 0), {detection(0, 0.9, 1)}), "person");
}

TEST(ClassVotes, StayWithALostObject) {
  ClassVotes votes;
  label_after(votes, track(0, 1, 0), {detection(0, 0.6, 0)});
  EXPECT_EQ(label_after(votes, track(1, 1, 0, State::kLost), {detection(0, 0.9, 1)}), "person");
}

TEST(ClassVotes, SayNothingOfATrackThatNoDetectorNamed) {
  ClassVotes votes;
  EXPECT_EQ(label_after(votes, track(0, 1, 0), {detection(0, 0.9, -1)}), "");
  EXPECT_EQ(label_after(votes, track(0, 2, 0), {}), "");
}

TEST(ClassVotes, ForgetWhoHasNotBeenSeenForLong) {
  ClassVotes votes;
  label_after(votes, track(0, 1, 0), {detection(0, 0.9, 1)});
  label_after(votes, track(2 * ClassVotes::kForgetFrames, 2, 0), {});
  EXPECT_EQ(label_after(votes, track(2 * ClassVotes::kForgetFrames + 1, 1, 0), {}), "");
}

TEST(ClassVotes, ForgetWhoWasNotSeenForLongWhateverFramesAreLookedAt) {
  ClassVotes votes;
  EXPECT_EQ(label_after(votes, track(1, 1, 0), {detection(1, 0.9, 1)}), "car");
  constexpr std::int64_t kLong = 3 * ClassVotes::kForgetFrames;
  for (std::int64_t frame = 3; frame < kLong; frame += 2) {  // never a round number
    label_after(votes, track(frame, 2, 50), {});
  }
  EXPECT_EQ(label_after(votes, track(kLong + 1, 1, 0), {}), "");
}

}  // namespace
}  // namespace heddle::pipeline
