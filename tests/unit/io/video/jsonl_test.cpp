#include "clips.h"
#include "io/sink.h"

#include <gtest/gtest.h>

#include <limits>

namespace heddle::io {
namespace {

SinkOptions video_options() {
  SinkOptions options;
  options.input = {.format = "mp4: h264 64x48 yuv420p 10 fps",
                   .name = "clip.mp4",
                   .video = true,
                   .width = 64,
                   .height = 48,
                   .frames_per_second = 10};
  options.program = "heddle 0.1.0";
  return options;
}

std::string written(const SinkOptions& options,
                    const std::vector<std::pair<Sample, std::vector<Record>>>& samples) {
  const TemporaryFolder folder;
  const auto sink = open_sink("jsonl", folder / "out", options);
  for (const auto& [sample, records] : samples) sink->write(sample, records);
  sink->close();
  return bytes_of(folder / "out");
}

TEST(JsonLines, TellsAWholeVideoRun) {
  const Track walking{.id = 3,
                      .x = 1.005,
                      .y = -0.001,
                      .width = 10.1 + 0.2,
                      .height = 20,
                      .score = 0.123456,
                      .state = Track::State::kNew,
                      .label = "person"};
  const Track hidden{.frame = 1, .id = 3, .width = 5, .height = 5, .state = Track::State::kLost};
  EXPECT_EQ(
      written(video_options(),
              {{Frame{.number = 0}, {walking}},
               {Frame{.number = 1, .seconds = 0.1 + 0.2, .after_gap = true},
                {hidden, Failure{"frame 1", "too dark"}}},
               {Frame{.number = 2, .seconds = 0.4}, {}}}),
      R"({"record":"run","program":"heddle 0.1.0",)"
      R"("input":{"name":"clip.mp4","format":"mp4: h264 64x48 yuv420p 10 fps",)"
      R"("width":64,"height":48,"frames_per_second":10.0}})"
      "\n"
      R"({"record":"frame","frame":0,"seconds":0.0,"tracks":[{"id":3,"box":[1.0,0.0,10.3,20.0],)"
      R"("score":0.1235,"state":"new","label":"person"}]})"
      "\n"
      R"({"record":"frame","frame":1,"seconds":0.3,"after_gap":true,"tracks":[{"id":3,)"
      R"("box":[0.0,0.0,5.0,5.0],"score":0.0,"state":"lost"}]})"
      "\n"
      R"({"record":"failure","what":"frame 1","reason":"too dark"})"
      "\n"
      R"({"record":"frame","frame":2,"seconds":0.4,"tracks":[]})"
      "\n"
      R"({"record":"end","complete":true,"frames":3,"tracks":1,"intervals":0,"failures":1})"
      "\n");
}

TEST(JsonLines, TellsAWholeGenomeRun) {
  SinkOptions options;
  options.input = {.format = "FASTA", .name = "genome.fa"};
  const Interval gene{.sequence = "chr",
                      .type = "CDS",
                      .strand = '-',
                      .parts = {{100, 160, 0}, {159, 300, 2}},
                      .score = 0.98765,
                      .partial_end = true,
                      .attributes = {{"ID", "gene_1"}, {"note", "a \"b\""}}};
  EXPECT_EQ(written(options,
                    {{Sequence{.name = "chr"},
                      {SequenceStart{"chr", -1, true}, gene, SequenceEnd{"chr", 5000}}}}),
            R"({"record":"run","program":"","input":{"name":"genome.fa","format":"FASTA"}})"
            "\n"
            R"({"record":"sequence","name":"chr","circular":true})"
            "\n"
            R"({"record":"interval","sequence":"chr","type":"CDS","strand":"-",)"
            R"("parts":[[100,160,0],[159,300,2]],"score":0.9877,"partial":[false,true],)"
            R"("attributes":{"ID":"gene_1","note":"a \"b\""}})"
            "\n"
            R"({"record":"sequence_end","name":"chr","length":5000})"
            "\n"
            R"({"record":"end","complete":true,"frames":0,"tracks":0,"intervals":1,"failures":0})"
            "\n");
}

TEST(JsonLines, NumbersThatAreNotFiniteAreNull) {
  Track odd{.id = 1};
  odd.x = std::numeric_limits<double>::quiet_NaN();
  odd.y = std::numeric_limits<double>::infinity();
  EXPECT_NE(written(video_options(), {{Frame{}, {odd}}}).find(R"("box":[null,null,0.0,0.0])"),
            std::string::npos);
}

TEST(JsonLines, BytesThatAreNotUtf8BecomeTheReplacementCharacter) {
  const std::string text = written({}, {{Sequence{}, {SequenceEnd{"chr\xff", 1}}}});
  EXPECT_NE(text.find("\"chr\xef\xbf\xbd\""), std::string::npos) << text;
}

TEST(JsonLines, ARunThatStopsEarlySaysSoInItsLastLine) {
  const TemporaryFolder folder;
  {
    const auto sink = open_sink("jsonl", folder / "out", video_options());
    sink->write(Frame{}, {});
  }
  EXPECT_TRUE(bytes_of(folder / "out.partial")
                  .ends_with(R"({"record":"end","complete":false,"frames":1,"tracks":0,)"
                             R"("intervals":0,"failures":0})"
                             "\n"));
}

}  // namespace
}  // namespace heddle::io
