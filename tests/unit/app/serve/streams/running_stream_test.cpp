#include "app/build.h"
#include "app/serve/api/status_json.h"
#include "app/serve/ended_stream.h"
#include "app/serve/streams/event_text.h"
#include "pipeline/heads/genes/gene_records.h"
#include "pipeline/heads/repeats/repeat_records.h"
#include "tests/unit/app/serve/streams/drawn_source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <random>
#include <thread>

namespace heddle::app::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kBroken[] = HEDDLE_TEST_DATA "/golden/broken.fa";

std::string refusal(const StreamSpec& spec) {
  try {
    start_stream(spec, services());
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

/// The features of a file, as `heddle genome` composes them.
std::vector<nlohmann::json> features_of(const std::string& path, const std::string& task) {
  GenomeOptions options;
  const auto source = open_input(path, {}, false);
  pipeline::Graph graph(limits_for(2, false));
  if (task == "repeats") {
    build_repeats(graph, *source, options, {});
  } else {
    build_genome(graph, *source, services().genome_model, options, false);
  }
  std::vector<nlohmann::json> found;
  FeatureIds ids;
  const io::AttributeTypes types(task == "repeats" ? pipeline::repeat_attributes()
                                                   : pipeline::gene_attributes(false));
  graph.to([&](pipeline::Item& item) {
    for (const io::Record& record : item.records) {
      const auto feature = feature_of(record, ids, types);
      if (feature) found.push_back(nlohmann::json::parse(feature->text));
    }
  });
  graph.run();
  return found;
}

std::string repetitive_genome() {
  std::mt19937 random(7);
  std::string piece;
  for (int i = 0; i < 600; ++i) piece += "ACGT"[random() % 4];
  std::string bases;
  for (int i = 0; i < 3000; ++i) bases += "ACGT"[random() % 4];
  return ">r\n" + bases + piece + bases.substr(0, 900) + piece + "\n";
}

TEST(RunningStream, TellsTheTracksThatHeddleVideoFinds) {
  const Drawing drawing{.frames = 70};
  RunningStream stream(
      spec_of("video", "drawing", {{"policy", "block"}}), services(), drawn(drawing));
  finish(stream);
  DrawnSource source(drawing);
  pipeline::Graph graph(limits_for(2, true));
  build_video(graph, source, *services().video_model, {}, {}, nullptr);
  std::vector<nlohmann::json> expected;
  std::int64_t tracks = 0;
  graph.to([&](pipeline::Item& item) {
    tracks += static_cast<std::int64_t>(item.records.size());
    expected.push_back(nlohmann::json::parse(tracks_text(*item.frame, item.records, "")));
  });
  graph.run();
  EXPECT_GT(tracks, 20);
  EXPECT_EQ(events_of(stream, "tracks"), expected);
  EXPECT_EQ(stream.status().state, StreamState::kDone);
  EXPECT_EQ(stream.status().samples, 70);
  EXPECT_EQ(stream.status().records, tracks);
}

TEST(RunningStream, TellsTheGenesThatHeddleGenomeFinds) {
  const auto stream = start_stream(spec_of("genome", kBroken), services());
  finish(*stream);
  const auto expected = features_of(kBroken, "genes");
  EXPECT_THAT(expected, ::testing::Not(IsEmpty()));
  EXPECT_EQ(events_of(*stream, "feature"), expected);
  const auto sequences = stream->sequences();
  ASSERT_THAT(sequences, SizeIs(1));
  const auto shown = stream->features(sequences[0]["name"], 0, 0, 100);
  EXPECT_THAT(shown["features"], SizeIs(expected.size()));
  EXPECT_EQ(sequences[0]["length"], shown["end"]);
}

TEST(RunningStream, TellsTheRepeatsThatHeddleGenomeFinds) {
  const io::ScratchFolder folder;
  const std::string path = folder.write("r.fa", repetitive_genome());
  const auto stream = start_stream(spec_of("genome", path, {{"task", "repeats"}}), services());
  finish(*stream);
  const auto expected = features_of(path, "repeats");
  EXPECT_THAT(expected, ::testing::Not(IsEmpty()));
  EXPECT_EQ(events_of(*stream, "feature"), expected);
}

TEST(RunningStream, TellsAttributesAsTheNumbersThatTheyAre) {
  const io::ScratchFolder folder;
  const auto genes = start_stream(spec_of("genome", kBroken), services());
  finish(*genes);
  EXPECT_EQ(events_of(*genes, "feature").at(0)["attributes"]["transl_table"], 11);
  const std::string path = folder.write("r.fa", repetitive_genome());
  const auto repeats = start_stream(spec_of("genome", path, {{"task", "repeats"}}), services());
  finish(*repeats);
  int numbers = 0;
  for (const auto& feature : events_of(*repeats, "feature")) {
    for (const char* name : {"copies", "identity"}) {
      if (!feature["attributes"].contains(name)) continue;
      EXPECT_TRUE(feature["attributes"][name].is_number()) << feature;
      ++numbers;
    }
  }
  EXPECT_GT(numbers, 0);
}

TEST(FeatureIds, AreThoseOfTheFiles) {
  io::Interval gene;
  gene.sequence = "chr";
  FeatureIds ids;
  EXPECT_EQ(ids.of(gene), "chr_1");
  io::Interval named = gene;
  named.attributes = {{"ID", "family7"}};
  EXPECT_EQ(ids.of(named), "family7");
  EXPECT_EQ(ids.of(gene), "chr_3");
  ids.end("chr");
  EXPECT_EQ(ids.of(gene), "chr_1");
}

TEST(RunningStream, EndsWithItsTotals) {
  const auto stream = start_stream(spec_of("genome", kBroken), services());
  finish(*stream);
  const auto ends = events_of(*stream, "end");
  ASSERT_THAT(ends, SizeIs(1));
  EXPECT_EQ(ends[0]["state"], "done");
  EXPECT_EQ(ends[0]["records"], stream->status().records);
  EXPECT_EQ(ends[0]["samples"], stream->sequences()[0]["length"]);
  const auto read = stream->events().after(stream->events().last());
  EXPECT_TRUE(read.ended);
}

TEST(RunningStream, ReadsTheClipsOfFiles) {
  const auto stream =
      start_stream(spec_of("video", HEDDLE_TEST_DATA "/video/plain.mp4"), services());
  finish(*stream);
  EXPECT_EQ(stream->status().samples, 20);
  const auto sizes = events_of(*stream, "size");
  ASSERT_THAT(sizes, SizeIs(1));
  EXPECT_EQ(sizes[0], (nlohmann::json{{"width", 64}, {"height", 48}, {"rate", 10}}));
}

TEST(RunningStream, TellsOfTheGapInAFile) {
  const auto stream = start_stream(spec_of("video", HEDDLE_TEST_DATA "/video/gap.mkv"), services());
  finish(*stream);
  const auto gaps = events_of(*stream, "gap");
  ASSERT_THAT(gaps, SizeIs(1));
  EXPECT_EQ(gaps[0]["reason"], "timestamp_jump");
  EXPECT_NEAR(gaps[0]["to"].get<double>() - gaps[0]["from"].get<double>(), 3.1, 0.05);
}

TEST(RunningStream, CountsEveryFrameThatItDrops) {
  Drawing drawing{.frames = 400, .width = 320, .height = 240, .live = true};
  RunningStream stream(spec_of("video", "rtsp://drawing"), services(), drawn(drawing));
  finish(stream);
  const StreamStatus status = stream.status();
  EXPECT_EQ(status.samples + status.dropped, 400);
  EXPECT_GT(status.dropped, 0);
  std::int64_t told = 0;
  for (const auto& event : events_of(stream, "dropped")) told += event["count"].get<std::int64_t>();
  EXPECT_EQ(told, status.dropped);
}

TEST(RunningStream, LosesNoFrameOfAFileThatIsPlayedAtItsPaceUnlessItIsAskedTo) {
  const nlohmann::json realtime{{"options", {{"realtime", true}}}};
  const auto play = [&](nlohmann::json more) {
    more.update(realtime);
    const auto stream =
        start_stream(spec_of("video", HEDDLE_TEST_DATA "/video/plain.mp4", more), services());
    finish(*stream);
    return status_json(*stream);
  };
  const auto waited = play(nlohmann::json::object());
  EXPECT_EQ(waited["drops"], false);
  EXPECT_EQ(waited["samples"], 20);
  EXPECT_EQ(waited["dropped"], 0);
  EXPECT_TRUE(waited["behind_seconds"].is_number());
  EXPECT_EQ(play({{"policy", "drop_oldest"}})["drops"], true);
}

TEST(RunningStream, SaysWhatItDoesWhileItsInputCannotBeHad) {
  const auto stream = start_stream(spec_of("video", "rtsp://127.0.0.1:9/none"), services());
  EXPECT_EQ(events_of(*stream, "state")[0]["state"], "connecting");
  wait_for(*stream, "state", 3);
  for (int i = 1; i < 3; ++i) {
    const auto event = events_of(*stream, "state")[static_cast<std::size_t>(i)];
    EXPECT_EQ(event["state"], "retrying");
    EXPECT_TRUE(event["next_attempt"].is_string()) << event;
  }
  EXPECT_EQ(stream->status().state, StreamState::kRetrying);
  stream->stop();
  finish(*stream);
  EXPECT_EQ(stream->status().state, StreamState::kStopped);
  EXPECT_EQ(status_json(*stream)["next_attempt"], nullptr);
}

TEST(RunningStream, TellsWhoeverRunsTheDaemonOnceThatItsInputIsAway) {
  StreamServices with = services();
  std::mutex mutex;
  std::vector<std::string> said;
  with.say = [&](const std::string& line) {
    const std::scoped_lock lock(mutex);
    said.push_back(line);
  };
  RunningStream stream(spec_of("video", "rtsp://127.0.0.1:9/none", {{"name", "gate"}}), with);
  wait_for(stream, "state", 3);
  stream.stop();
  finish(stream);
  EXPECT_THAT(
      said, ElementsAre(StartsWith("the stream s1 (gate) has no input, which is sought again: ")));
}

TEST(RunningStream, WaitsForAnUploadAndKnowsNothingYet) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  const auto status = status_json(*stream);
  EXPECT_EQ(status["state"], "waiting");
  for (const char* name : {"width",
                           "sequence",
                           "position",
                           "length",
                           "checkpoint_age",
                           "drops",
                           "behind_seconds",
                           "next_attempt",
                           "error"}) {
    EXPECT_EQ(status[name], nullptr) << name;
  }
  EXPECT_EQ(status["latency_ms"]["p99"], nullptr);
}

TEST(RunningStream, TellsNothingWhileNothingChanges) {
  const io::ScratchFolder state;
  StreamServices with = services();
  with.state_folder = state / "";
  StreamSeams seams;
  seams.checkpoint_every = std::chrono::milliseconds(1);
  RunningStream stream(spec_of("genome", "upload"), with, seams);
  wait_for(stream, "checkpoint", 1);
  stream.wait_ended(std::chrono::milliseconds(2500));
  EXPECT_THAT(events_of(stream, "stats"), SizeIs(1));
  EXPECT_THAT(events_of(stream, "checkpoint"), SizeIs(1));
  EXPECT_TRUE(stream.checkpoint());
  wait_for(stream, "checkpoint", 2);
}

TEST(RunningStream, TellsASequenceOfKnownLengthOnce) {
  const auto stream = start_stream(spec_of("genome", kBroken), services());
  finish(*stream);
  EXPECT_THAT(events_of(*stream, "sequence"), SizeIs(1));
}

TEST(EndedStream, HasTheStatusAndTheFeaturesThatItsRecordWasMadeOf) {
  const auto stream = start_stream(spec_of("genome", kBroken), services());
  finish(*stream);
  EndedStream kept(stream->spec(), nlohmann::json::parse(ended_record(*stream).dump()), "");
  ASSERT_THAT(kept.sequences(), SizeIs(1));
  EXPECT_EQ(kept.sequences(), stream->sequences());
  const std::string name = kept.sequences()[0]["name"];
  EXPECT_FALSE(kept.features(name, 0, 0, 100)["features"].empty());
  EXPECT_EQ(kept.features(name, 0, 0, 100), stream->features(name, 0, 0, 100));
  for (const char* field : {"state", "samples", "records", "started", "changed", "seconds"}) {
    EXPECT_EQ(status_json(kept)[field], status_json(*stream)[field]) << field;
  }
}

TEST(RunningStream, RefusesAFileOfTheOtherKindAndAFolder) {
  EXPECT_THAT(
      refusal(spec_of("video", kBroken)),
      HasSubstr("broken.fa is contigs, FASTA (plain, gz, bgzf); use a stream of kind genome"));
  EXPECT_THAT(refusal(spec_of("genome", HEDDLE_TEST_DATA "/video/plain.mp4")),
              HasSubstr("plain.mp4 is video; use a stream of kind video"));
  EXPECT_THAT(refusal(spec_of("genome", HEDDLE_TEST_DATA)), HasSubstr("is a folder; give a file"));
}

TEST(RunningStream, StopsInTheMiddleAndSaysSo) {
  RunningStream stream(
      spec_of("video", "drawing"), services(), drawn({.frames = 30, .silent_before = 20}));
  wait_for(stream, "tracks", 20);
  stream.stop();
  finish(stream);
  EXPECT_EQ(stream.status().state, StreamState::kStopped);
  EXPECT_EQ(stream.status().samples, 20);
}

TEST(RunningStream, FailsWithTheReasonOfItsInput) {
  RunningStream stream(
      spec_of("video", "drawing"), services(), drawn({.frames = 30, .fails_before = 20}));
  finish(stream);
  const StreamStatus status = stream.status();
  EXPECT_EQ(status.state, StreamState::kFailed);
  EXPECT_EQ(status.samples, 20);  // what came before is told
  EXPECT_EQ(status.error_code, "bad_input");
  EXPECT_EQ(status.error, "the drawing tore");
}

TEST(RunningStream, GivesItsNewestFrameAsAPicture) {
  RunningStream stream(spec_of("video", "drawing"), services(), drawn({.frames = 10}));
  finish(stream);
  const auto picture = stream.picture(80, -1);
  ASSERT_TRUE(picture.has_value());
  EXPECT_EQ(picture->frame, 9);
  EXPECT_THAT(*picture->jpeg, ::testing::StartsWith("\xff\xd8"));
  EXPECT_FALSE(stream.picture(80, 9).has_value());
}

TEST(RunningStream, RefusesFramesThatItsMemoryDoesNotHold) {
  RunningStream stream(spec_of("video", "drawing", {{"memory_budget", 1 << 20}}),
                       services(),
                       drawn({.frames = 5, .width = 1000, .height = 1000}));
  finish(stream);
  EXPECT_EQ(stream.status().error_code, "memory_budget");
  EXPECT_THAT(stream.status().error, HasSubstr("1000x1000; give at least 9000000"));
}

TEST(RunningStream, StaysWithinItsMemory) {
  const std::size_t frame = 3 * 320 * 240;
  RunningStream stream(spec_of("video", "drawing", {{"memory_budget", 6 * frame}}),
                       services(),
                       drawn({.frames = 60, .width = 320, .height = 240}));
  while (!stream.wait_ended(std::chrono::milliseconds(10))) {
    EXPECT_LE(stream.status().memory, 6 * frame);
  }
  EXPECT_EQ(stream.status().samples, 60);
}

TEST(RunningStream, RefusesWhatCannotBeRun) {
  EXPECT_THAT(refusal(spec_of("genome", "/no/such.fa")), HasSubstr("no such file"));
  EXPECT_THAT(refusal(spec_of("genome", "rtsp://host/x")), HasSubstr("not addresses"));
  EXPECT_THAT(refusal(spec_of("video", "gopher://host/x")), HasSubstr("gopher:// is not read"));
  EXPECT_THAT(refusal(spec_of("genome", kBroken, {{"options", {{"passes", 7}}}})),
              HasSubstr("options.passes: 7 is not taken; give a whole number from 1 to 2"));
  EXPECT_THAT(refusal(spec_of("genome", kBroken, {{"options", {{"colour", 7}}}})),
              HasSubstr("options.colour: heddle genome has no such option"));
  EXPECT_THAT(refusal(spec_of("genome", kBroken, {{"options", {{"threads", 7}}}})),
              HasSubstr("options.threads: is not a stream's to set"));
  EXPECT_THAT(refusal(spec_of("genome", kBroken, {{"options", {{"min-repeat", 100}}}})),
              HasSubstr("options: min-repeat goes with task repeats"));
  EXPECT_THAT(refusal(spec_of("video", "upload", {{"options", {{"realtime", true}}}})),
              HasSubstr("options.realtime: is for files"));
}

TEST(RunningStream, TakesOptionsByTheirLongNames) {
  const auto stream = start_stream(
      spec_of("video", HEDDLE_TEST_DATA "/video/plain.mp4", {{"options", {{"frames", 7}}}}),
      services());
  finish(*stream);
  EXPECT_EQ(stream->status().samples, 7);
}

TEST(RunningStream, ThinsTracksToThirtyASecondOfItsOwnTime) {
  RunningStream stream(spec_of("video", "drawing"), services(), drawn({.frames = 60, .rate = 60}));
  finish(stream);
  EXPECT_THAT(events_of(stream, "tracks"), SizeIs(30));
  EXPECT_EQ(stream.status().samples, 60);
}

TEST(RunningStream, TellsNoPasswords) {
  const StreamSpec spec = spec_of("video", "rtsp://me:secret@127.0.0.1:9/none");
  const auto stream = start_stream(spec, services());
  wait_for(*stream, "error", 1);
  stream->stop();
  finish(*stream);
  EXPECT_EQ(status_json(*stream).dump().find("secret"), std::string::npos);
  for (const auto& error : events_of(*stream, "error")) {
    EXPECT_EQ(error.dump().find("secret"), std::string::npos) << error;
  }
  EXPECT_EQ(stream->spec().input, spec.input);
}

}  // namespace
}  // namespace heddle::app::serve
