#include "app/serve/bad_field.h"
#include "app/serve/stream.h"
#include "app/serve/streams/stream_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace heddle::app::serve {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string refusal(const json& given) {
  try {
    StreamSpec::from_json(given);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(StreamSpec, ComesBackFromItsJson) {
  const json given{{"id", "s7"},
                   {"kind", "video"},
                   {"url", "rtsp://host/live"},
                   {"name", "door"},
                   {"policy", "block"},
                   {"priority", -3},
                   {"memory_budget", 50 << 20},
                   {"options", {{"conf", 0.5}}}};
  const StreamSpec spec = StreamSpec::from_json(given);
  EXPECT_EQ(spec.input, "rtsp://host/live");
  EXPECT_EQ(spec.task, "tracks");
  EXPECT_EQ(StreamSpec::from_json(spec.to_json()).to_json(), spec.to_json());
}

TEST(StreamSpec, TellsWhichFieldIsWrong) {
  EXPECT_THAT(refusal(json::array()), HasSubstr("JSON object"));
  EXPECT_THAT(refusal({{"kind", "audio"}}),
              HasSubstr("kind: 'audio' is not taken; give video or genome"));
  EXPECT_THAT(refusal({{"kind", "video"}}), HasSubstr("input: is missing"));
  EXPECT_THAT(refusal({{"kind", "video"}, {"input", 5}}),
              HasSubstr("input: 5 is not taken; give text"));
  EXPECT_THAT(refusal({{"kind", "video"}, {"input", "-"}}), HasSubstr("no standard input"));
  EXPECT_THAT(refusal({{"kind", "video"}, {"input", "a"}, {"url", "b"}}), HasSubstr("one of"));
  EXPECT_THAT(refusal({{"kind", "genome"}, {"input", "a"}, {"task", "tracks"}}),
              HasSubstr("task: 'tracks' is not taken; a genome stream has genes or repeats"));
  EXPECT_THAT(refusal({{"kind", "genome"}, {"input", "a"}, {"policy", "drop_oldest"}}),
              HasSubstr("policy: a genome"));
  EXPECT_THAT(refusal({{"kind", "video"}, {"input", "a"}, {"priority", 1.5}}),
              HasSubstr("priority: 1.5 is not taken; give a whole number"));
  EXPECT_THAT(refusal({{"kind", "video"}, {"input", "a"}, {"memory_budget", 5}}),
              HasSubstr("memory_budget"));
  EXPECT_THAT(refusal({{"kind", "video"}, {"input", "a"}, {"options", 5}}), HasSubstr("options"));
  EXPECT_THAT(refusal({{"kind", "video"}, {"input", "a"}, {"colour", 5}}),
              HasSubstr("colour: no such field"));
}

TEST(StreamOptions, AreNamedByNothingThatCouldHoldAValue) {
  StreamSpec spec = StreamSpec::from_json({{"kind", "video"}, {"input", "a"}});
  for (const char* name :
       {"detections=/etc/passwd", "frames --detections", "frames\v1", "-f", ""}) {
    spec.options = {{name, true}};
    EXPECT_THAT([&] { parse_options(spec); },
                ThrowsMessage<std::invalid_argument>(HasSubstr("is no option's long name")))
        << name;
  }
}

TEST(CommandValues, SayWhatAnOptionTakes) {
  const auto refusal = [](const std::string& command, const json& options) -> std::string {
    try {
      read_values(command, options, {"in"});
      return "";
    } catch (const BadField& error) {
      return error.what();
    }
  };
  EXPECT_EQ(refusal("genome", {{"passes", 2}, {"closed", true}}), "");
  EXPECT_EQ(refusal("genome", {{"task", "gens"}}),
            "options.task: 'gens' is not taken; give genes or motifs or repeats");
  EXPECT_EQ(refusal("genome", {{"passes", {1, 2}}}),
            "options.passes: [1,2] is not taken; give one value");
  EXPECT_EQ(refusal("genome", {{"closed", "yes"}}),
            "options.closed: 'yes' is not taken; give true or false");
  EXPECT_EQ(refusal("genome", {{"min-identity", 2}}),
            "options.min-identity: 2 is not taken; give a number from 0.7 to 1");
  EXPECT_EQ(refusal("genome", {{"task", "motifs"}}),
            "options.motifs: is missing; task motifs needs a file of matrices or FASTA patterns");
  EXPECT_THAT(refusal("video", {{"init", "1,2"}}), HasSubstr("options.init: "));
  EXPECT_THAT(refusal("video", {{"ss", "soon"}}), HasSubstr("options.ss: "));
  EXPECT_THAT(refusal("video", {{"detector", "none"}}),
              HasSubstr("options.detector: none leaves nothing to track"));
  for (const char* raw : {"--", "Could not", "required"}) {
    EXPECT_EQ(refusal("video", {{"frames", "x"}}).find(raw), std::string::npos) << raw;
  }
}

TEST(StreamState, HasANameEach) {
  EXPECT_EQ(name_of(StreamState::kConnecting), "connecting");
  EXPECT_EQ(name_of(StreamState::kStopped), "stopped");
}

TEST(RunningStream, WithoutItsModelSaysWhatIsMissingAndWhatIsServedAllTheSame) {
  const auto why = [](const json& spec) -> std::string {
    try {
      start_stream(StreamSpec::from_json(spec), StreamServices());
    } catch (const BadField& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(why({{"kind", "genome"}, {"input", "upload"}}),
              HasSubstr("found no model for genome streams when it started; whoever runs it gives "
                        "one with --genome-model; task repeats needs none"));
  EXPECT_EQ(why({{"kind", "genome"}, {"task", "repeats"}, {"input", "upload"}}), "");
}

}  // namespace
}  // namespace heddle::app::serve
