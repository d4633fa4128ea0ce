#include "tests/cli/cli.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <sstream>

namespace heddle {
namespace {

TEST_F(Cli, FindsTheTwoMovingThingsOfTheMadeClip) {
  const Outcome outcome = heddle("video match.mp4 -q");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  std::set<std::string> ids;
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t comma = line.find(',');
    ids.insert(line.substr(comma + 1, line.find(',', comma + 1) - comma - 1));
  }
  EXPECT_EQ(ids.size(), 2u) << outcome.output;
}

TEST_F(Cli, ThreadsNeverChangeATrack) {
  const std::string one = heddle("video match.mp4 -q -t 1 -O mot").output;
  EXPECT_EQ(heddle("video match.mp4 -q -t 2 -O mot").output, one);
  EXPECT_FALSE(one.empty());
}

TEST_F(Cli, FollowsTheBoxItIsGiven) {
  const Outcome outcome = heddle("video match.mp4 -q --init 83,60,36,48@15 -O mot");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_EQ(outcome.output.rfind("16,1,", 0), 0u)
      << "frames are 1-based in MOT text: " << outcome.output;
  EXPECT_GE(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 20);
}

TEST_F(Cli, ABoxThatReachesOutOfTheFrameIsCutAndSaidSo) {
  const Outcome outcome = heddle("video match.mp4 --init 300,200,50,80 -o cut.txt");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("--init 300,200,50,80 reaches out of the 320 x 240 frame"),
            std::string::npos)
      << outcome.output;
  EXPECT_EQ(text("cut.txt").rfind("1,1,301.00,201.00,20.00,40.00,", 0), 0u) << text("cut.txt");
}

TEST_F(Cli, TracksTheBoxesOfAnotherDetector) {
  ASSERT_EQ(heddle("video match.mp4 -q -o motion.txt").exit_code, 0);
  for (const std::string name : {"attention", "sort"}) {
    const Outcome given =
        heddle("video match.mp4 -q -y --detections motion.txt --assoc " + name + " -o given.txt");
    ASSERT_EQ(given.exit_code, 0) << given.output;
    const Outcome scores = heddle("eval tracks motion.txt given.txt --json");
    const auto row = nlohmann::json::parse(scores.output)["tracks"][0]["sequences"][0];
    EXPECT_EQ(row["IDSW"], 0) << scores.output;
    EXPECT_GT(row["IDF1"].get<double>(), 0.9) << name << scores.output;
  }
}

TEST_F(Cli, TracksBoxesWithoutTheirVideo) {
  ASSERT_EQ(heddle("video match.mp4 -q -o motion.txt").exit_code, 0);
  for (const std::string name : {"attention", "sort", "byte", "ocsort"}) {
    const Outcome alone =
        heddle("video -y --detections motion.txt --fps 10 --assoc " + name + " -o alone.txt");
    ASSERT_EQ(alone.exit_code, 0) << alone.output;
    const Outcome scores = heddle("eval tracks motion.txt alone.txt --json");
    const auto row = nlohmann::json::parse(scores.output)["tracks"][0]["sequences"][0];
    EXPECT_GT(row["IDF1"].get<double>(), 0.8) << name << scores.output;
  }
}

TEST_F(Cli, SaysWhatItAssumesOfBoxesWithoutTheirVideo) {
  write("boxes.txt", "1,-1,11,21,20,40,0.9\n5,-1,31,21,20,40,0.9\n");
  const Outcome outcome = heddle("video --detections boxes.txt -O jsonl");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("no --fps: 30 frames a second"), std::string::npos);
  EXPECT_NE(outcome.output.find("\"width\":50,\"height\":60"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("\"frame\":4,\"seconds\":0.133333"), std::string::npos)
      << outcome.output;
}

TEST_F(Cli, SaysWhatIsWrongWithGivenBoxes) {
  write("boxes.txt", "1,-1,10,10,20\n");
  const Outcome outcome = heddle("video match.mp4 --detections boxes.txt");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_NE(outcome.output.find("boxes.txt, line 1: has 5 columns"), std::string::npos)
      << outcome.output;
  write("boxes.txt", "500,-1,10,10,20,20,1\n");
  EXPECT_NE(heddle("video match.mp4 --detections boxes.txt").output.find("the video does not have"),
            std::string::npos);
  EXPECT_EQ(heddle("video match.mp4 --detections boxes.txt --init 1,2,30,40").exit_code, 2);
}

TEST_F(Cli, WritesAVideoThatReadsBackFrameForFrame) {
  ASSERT_EQ(heddle("video match.mp4 -q -O mp4,jsonl -o out/").exit_code, 0);
  const Outcome again = heddle("video out/match.mp4 -q -O jsonl");
  EXPECT_EQ(again.exit_code, 0) << again.output;
  EXPECT_NE(again.output.find("\"frames\":60"), std::string::npos)
      << again.output.substr(again.output.size() > 400 ? again.output.size() - 400 : 0);
}

}  // namespace
}  // namespace heddle
