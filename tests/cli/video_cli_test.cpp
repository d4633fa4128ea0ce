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

TEST_F(Cli, ABoxBehindTheLastFrameIsAnErrorThatTellsTheLength) {
  const Outcome late = heddle("video match.mp4 -q --init 10,10,30,40@5000 -o late.txt");
  EXPECT_EQ(late.exit_code, 2) << late.output;
  EXPECT_NE(late.output.find("behind the last frame: of match.mp4 frames 0 to 59 were read"),
            std::string::npos)
      << late.output;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "late.txt"));
  const Outcome cut = heddle("video match.mp4 -q --frames 5 --init 10,10,30,40@5 -o late.txt");
  EXPECT_EQ(cut.exit_code, 2);
  EXPECT_NE(cut.output.find("--frames 5 ends with frame 4"), std::string::npos) << cut.output;
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

TEST_F(Cli, OnlyBoxesBeyondAnEndThatWasSeenAreOfFramesThatTheVideoDoesNotHave) {
  ASSERT_EQ(heddle("video match.mp4 -q -o motion.txt").exit_code, 0);
  write("more.txt", text("motion.txt") + "500,-1,10,10,20,20,1,-1,-1,-1\n");
  const std::string complaint = "are of frames that the video does not have";
  const auto said = [this](const std::string& words) {
    const Outcome outcome = heddle("video match.mp4 -O mot -o out.txt -y --detections " + words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    return outcome.output;
  };
  for (const char* part : {"--ss 1 --to 2", "--ss 1", "--stride 3", "--to 2", "--frames 9"}) {
    EXPECT_EQ(said(std::string("motion.txt ") + part).find(complaint), std::string::npos) << part;
  }
  for (const char* whole : {"", "--ss 1", "--stride 3"}) {
    EXPECT_NE(said(std::string("more.txt ") + whole).find("1 boxes of more.txt " + complaint),
              std::string::npos)
        << whole;
  }
}

TEST_F(Cli, ABoxOfAFrameFarOffAsksHowManyFramesAreWanted) {
  write("boxes.txt", "1,-1,11,21,20,40,0.9\n1000000000,-1,31,21,20,40,0.9\n");
  const Outcome unasked = heddle("video --detections boxes.txt --quiet -o tracks.txt");
  EXPECT_EQ(unasked.exit_code, 2) << unasked.output;
  EXPECT_NE(unasked.output.find("boxes.txt has a box of frame 1000000000: "), std::string::npos);
  EXPECT_NE(unasked.output.find("--frames N"), std::string::npos) << unasked.output;
  EXPECT_EQ(heddle("video --detections boxes.txt --quiet --frames 5 -o tracks.txt").exit_code, 0);
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

/// Grey frames of 64 x 64 with a red square at (16, 8) and a blue one at (48, 40), 8 pixels wide.
std::string squares_clip(int frames) {
  std::string clip = "YUV4MPEG2 W64 H64 F10:1 Ip A1:1 C444\n";
  const auto plane = [](char grey, char red, char blue) {
    std::string pixels(64 * 64, grey);
    for (std::size_t row = 0; row < 8; ++row) {
      std::fill_n(pixels.begin() + static_cast<std::ptrdiff_t>((8 + row) * 64 + 16), 8, red);
      std::fill_n(pixels.begin() + static_cast<std::ptrdiff_t>((40 + row) * 64 + 48), 8, blue);
    }
    return pixels;
  };
  const std::string frame = plane(114, 67, 36) + plane('\x80', 98, '\xd8') +
                            plane('\x80', '\xd8', 114);  // BT.601, limited range
  for (int i = 0; i < frames; ++i) clip += "FRAME\n" + frame;
  return clip;
}

const std::string kTinyDetector =
    "--detector onnx:'" HEDDLE_TEST_DATA "/detectors/colours_yolov8.onnx' ";

TEST_F(Cli, TracksTheBoxesOfAnOnnxDetectorUnderTheirClasses) {
  write("squares.y4m", squares_clip(12));
  const Outcome all = heddle("video squares.y4m -q -O jsonl " + kTinyDetector);
  ASSERT_EQ(all.exit_code, 0) << all.output;
  EXPECT_NE(all.output.find("\"tracks\":2"), std::string::npos) << all.output;
  EXPECT_NE(all.output.find("\"label\":\"red\""), std::string::npos) << all.output;
  const std::string blue =
      heddle("video squares.y4m -q -O jsonl --assoc sort --classes blue " + kTinyDetector).output;
  EXPECT_NE(blue.find("\"tracks\":1"), std::string::npos) << blue;
  EXPECT_NE(blue.find("\"label\":\"blue\""), std::string::npos) << blue;
  EXPECT_EQ(blue.find("\"label\":\"red\""), std::string::npos) << blue;
}

TEST_F(Cli, SaysWhatIsWrongWithADetector) {
  const auto answer = [this](const std::string& words, int code) {
    const Outcome outcome = heddle("video match.mp4 " + words);
    EXPECT_EQ(outcome.exit_code, code) << outcome.output;
    EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1) << outcome.output;
    return outcome.output;
  };
  EXPECT_NE(answer("--detector onnx:no.onnx", 3).find("no.onnx: cannot be opened"),
            std::string::npos);
  EXPECT_NE(answer("--detector oxnn:x", 2).find("there are motion, none and onnx:FILE"),
            std::string::npos);
  EXPECT_NE(answer("--conf 0.3", 2).find("--conf goes with --detector onnx"), std::string::npos);
  EXPECT_NE(answer(kTinyDetector + "--classes green", 2).find("'green' is no class"),
            std::string::npos);
  EXPECT_NE(answer(kTinyDetector + "--init 1,2,30,40", 2).find("means nothing beside --init"),
            std::string::npos);
}

TEST_F(Cli, ReadsAPartOfAVideoUnderItsOwnFrameNumbers) {
  const Outcome part = heddle("video match.mp4 -q -O jsonl --ss 1 --to 0:02 --stride 3");
  ASSERT_EQ(part.exit_code, 0) << part.output;
  std::vector<int> frames;
  std::istringstream lines(part.output);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json["record"] == "frame") frames.push_back(json["frame"]);
  }
  ASSERT_GE(frames.size(), 2u) << part.output;
  EXPECT_EQ(frames[1] - frames[0], 3);
  EXPECT_EQ(heddle("video match.mp4 --ss 2 --to 1").exit_code, 2);
  EXPECT_EQ(heddle("video match.mp4 --ss soon").exit_code, 2);
  EXPECT_EQ(heddle("video match.mp4 --fps 10").exit_code, 2);
  EXPECT_NE(heddle("video match.mp4 --ss 99").output.find("no frame lies from 99 s on"),
            std::string::npos);
}

TEST_F(Cli, ReadsNumberedPicturesAndNamesTheOutputsByThem) {
  std::filesystem::create_directory(folder_ / "frames");
  const std::string picture = "P6\n64 48\n255\n" + std::string(64 * 48 * 3, 'g');
  for (int i = 1; i <= 5; ++i) write("frames/img00" + std::to_string(i) + ".ppm", picture);
  const Outcome pattern = heddle("video frames/img%03d.ppm -q -O jsonl,csv -o out/");
  ASSERT_EQ(pattern.exit_code, 0) << pattern.output;
  EXPECT_NE(text("out/img.jsonl").find("\"frames\":5"), std::string::npos);
  EXPECT_EQ(text("out/img.csv"), "frame,seconds,id,state,label,score,left,top,width,height\r\n");
  ASSERT_EQ(heddle("video frames/ --fps 5 -q -O jsonl -o out/").exit_code, 0);
  EXPECT_NE(text("out/frames.jsonl").find("\"frame\":4,\"seconds\":0.8"), std::string::npos);
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
