#include "tests/unit/app/serve/streams/drawn_source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>
#include <random>
#include <thread>

namespace heddle::app::serve {
namespace {

namespace fs = std::filesystem;
using ::testing::SizeIs;

/// What depends on the input alone, behind a number.
std::vector<std::string> results_of(Stream& stream, std::int64_t after = 0) {
  std::vector<std::string> found;
  std::int64_t last = after;
  for (;;) {
    const EventLog::Read read = stream.events().after(last);
    for (const Event& event : read.events) {
      last = event.id;
      if (event.type == "tracks" || event.type == "feature" || event.type == "sequence" ||
          event.type == "gap") {
        found.push_back(event.type + " " + event.data);
      }
    }
    if (read.events.empty()) return found;
  }
}

/// A genome of `contigs` contigs with two genes each, short: the model's work is not the test.
std::string genome(const io::ScratchFolder& folder, int contigs) {
  const std::string one = io::read_file(HEDDLE_TEST_DATA "/golden/broken.fa");
  const std::string bases = one.substr(one.find('\n'), 1200) + "\n";
  std::string all;
  for (int i = 0; i < contigs; ++i) all += ">c" + std::to_string(i) + bases;
  return folder.write("genome.fa", all);
}

/// A stream over it, along one strand: half the work.
StreamSpec genes_of(const std::string& path) {
  return spec_of("genome", path, {{"options", {{"passes", 1}}}});
}

/// A stream over a file that is killed after `events` results; returns what lies in its state
/// folder then.
void kill_after(std::size_t events, const StreamSpec& spec, const io::ScratchFolder& left) {
  const io::ScratchFolder state;
  StreamSeams seams;
  seams.checkpoint_every = std::chrono::milliseconds(5);
  RunningStream stream(spec, keeping(state / ""), seams);
  while (results_of(stream).size() < events && !stream.wait_ended(std::chrono::milliseconds(1))) {
  }
  // A copy of two files is not one moment, but neither is a kill: each is written apart.
  std::error_code gone;
  fs::copy(state / "", left / "", fs::copy_options::recursive, gone);
}

/// The results of a stream that goes on from a state folder are the last of the `whole`'s.
std::size_t expect_rest(const StreamSpec& spec,
                        const io::ScratchFolder& left,
                        const std::vector<std::string>& whole) {
  const auto stream = start_stream(spec, keeping(left / ""));
  finish(*stream);
  const auto rest = results_of(*stream);
  EXPECT_LE(rest.size(), whole.size());
  const auto from = whole.size() - std::min(rest.size(), whole.size());
  EXPECT_EQ(
      rest,
      std::vector<std::string>(whole.begin() + static_cast<std::ptrdiff_t>(from), whole.end()));
  EXPECT_EQ(stream->status().state, StreamState::kDone);
  EXPECT_TRUE(fs::is_empty(left / "")) << "a finished stream leaves nothing";
  return rest.size();
}

TEST(Checkpoint, LetsAKilledGenomeStreamGoOnBehindIt) {
  const io::ScratchFolder folder;
  const StreamSpec spec = genes_of(genome(folder, 14));
  const auto uninterrupted = start_stream(spec, services());
  finish(*uninterrupted);
  const auto whole = results_of(*uninterrupted);
  std::size_t shortest = whole.size();
  for (const std::size_t events : {20, 40, 48}) {  // of 56
    const io::ScratchFolder left;
    kill_after(events, spec, left);
    shortest = std::min(shortest, expect_rest(spec, left, whole));
  }
  EXPECT_LT(shortest, whole.size()) << "no stream went on";
}

/// Runs the stream in a process of its own and kills it; the exit code where it ended before.
std::optional<int> run_and_kill(const StreamSpec& spec,
                                const std::string& state,
                                std::chrono::milliseconds after) {
  const std::string text = spec.to_json().dump();
  const char* arguments[] = {HEDDLE_STREAM_VICTIM, state.c_str(), text.c_str(), nullptr};
  pid_t child = 0;
  if (::posix_spawn(&child,
                    HEDDLE_STREAM_VICTIM,
                    nullptr,
                    nullptr,
                    const_cast<char* const*>(arguments),
                    environ) != 0) {
    throw std::runtime_error("cannot start " HEDDLE_STREAM_VICTIM);
  }
  std::this_thread::sleep_for(after);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? std::optional(WEXITSTATUS(status)) : std::nullopt;
}

/// Again and again, as a machine that fails would.
TEST(Checkpoint, SurvivesKillsAtAnyMoment) {
  const io::ScratchFolder folder;
  const io::ScratchFolder state;
  const StreamSpec spec = genes_of(genome(folder, 8));
  const auto uninterrupted = start_stream(spec, services());
  finish(*uninterrupted);
  const auto whole = results_of(*uninterrupted);
  std::mt19937 random(11);
  for (int kills = 0; kills < 3; ++kills) {
    const std::chrono::milliseconds after(300 + random() % 700);
    const auto code = run_and_kill(spec, state / "", after);
    if (!code) continue;
    EXPECT_EQ(code, 0);  // it came to its end, and the next begins anew
  }
  expect_rest(spec, state, whole);
}

TEST(Checkpoint, LetsAKilledVideoStreamGoOnBehindIt) {
  const StreamSpec spec = spec_of("video", HEDDLE_TEST_DATA "/video/gap.mkv");
  const auto uninterrupted = start_stream(spec, services());
  finish(*uninterrupted);
  const auto whole = results_of(*uninterrupted);
  EXPECT_THAT(whole, SizeIs(21));  // with the gap
  for (const std::size_t events : {3, 9, 15}) {
    const io::ScratchFolder left;
    kill_after(events, spec, left);
    expect_rest(spec, left, whole);
  }
}

void drain_and_go_on(int contigs) {
  const io::ScratchFolder folder;
  const io::ScratchFolder state;
  const StreamSpec spec = genes_of(genome(folder, contigs));
  const auto uninterrupted = start_stream(spec, services());
  finish(*uninterrupted);
  std::vector<std::string> told;
  std::int64_t last = 0;
  {
    const auto stream = start_stream(spec, keeping(state / ""));
    wait_for(*stream, "feature", 2);
    stream->drain();
    finish(*stream);
    told = results_of(*stream);
    last = stream->events().last();
    EXPECT_EQ(events_of(*stream, "end")[0]["state"], "draining");
  }
  const auto stream = start_stream(spec, keeping(state / ""));
  finish(*stream);
  const auto rest = results_of(*stream, last);
  told.insert(told.end(), rest.begin(), rest.end());
  EXPECT_EQ(told, results_of(*uninterrupted));
  EXPECT_EQ(results_of(*stream), told) << "a listener that was away misses nothing";
  EXPECT_EQ(stream->events().after(last).events.at(0).id, last + 1);
  EXPECT_EQ(stream->status().samples, uninterrupted->status().samples);
  EXPECT_EQ(stream->sequences(), uninterrupted->sequences());
}

TEST(Checkpoint, OfADrainedStreamLosesAndRepeatsNothing) { drain_and_go_on(14); }

/// The drain lets go of what was read, to the last of it.
TEST(Checkpoint, OfAStreamDrainedBehindItsLastReadLosesNothing) { drain_and_go_on(9); }

TEST(Checkpoint, IsForgottenWhenItsStreamIsStopped) {
  const io::ScratchFolder state;
  StreamSeams seams = drawn({.frames = 30, .silent_before = 20});
  seams.checkpoint_every = std::chrono::milliseconds(1);
  RunningStream stream(spec_of("video", "drawing"), keeping(state / ""), seams);
  wait_for(stream, "tracks", 20);
  stream.stop();
  finish(stream);
  EXPECT_TRUE(fs::is_empty(state / ""));
}

TEST(Checkpoint, ThatIsNotThereYetLeavesNoNumberOfAnEventToBeGivenTwice) {
  const io::ScratchFolder state;
  StreamSpec spec = spec_of("video", "drawing");
  spec.restarts = 2;
  RunningStream stream(spec, keeping(state / ""), drawn({.frames = 3}));
  finish(stream);
  EXPECT_EQ(stream.events().after(0).events.at(0).id, 2 * kUnknownEvents + 1);
}

TEST(Checkpoint, OfSomethingElseIsSaidAndLeft) {
  const io::ScratchFolder folder;
  const io::ScratchFolder state;
  const StreamSpec spec = genes_of(genome(folder, 14));
  {
    const auto stream = start_stream(spec, keeping(state / ""));
    wait_for(*stream, "feature", 2);
    stream->drain();
    finish(*stream);
  }
  genome(folder, 1);
  const auto stream = start_stream(spec, keeping(state / ""));
  finish(*stream);
  const auto errors = events_of(*stream, "error");
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_EQ(errors[0]["code"], "checkpoint_unusable");
  EXPECT_THAT(stream->sequences(), SizeIs(1));
}

struct Told {
  std::int64_t first = 0, last = 0;  // numbers of events
  std::int64_t samples = 0;
};

TEST(Checkpoint, StaysWhereADrainComesWhileTheInputIsOpened) {
  for (const char* input : {"drawing", "rtsp://drawing"}) {
    const io::ScratchFolder state;
    const bool live = input[0] == 'r';
    const StreamSpec spec = spec_of("video", input, {{"policy", "block"}});
    std::int64_t known = 0;
    const auto run = [&](const StreamSeams& seams, std::size_t tracks, bool drain) {
      RunningStream stream(spec, keeping(state / ""), seams);
      if (tracks > 0) wait_for(stream, "tracks", tracks);
      if (drain) stream.drain();
      finish(stream);
      EXPECT_THAT(events_of(stream, "error"), SizeIs(0)) << input;
      EXPECT_EQ(stream.status().state, drain ? StreamState::kDraining : StreamState::kDone)
          << input;
      const std::int64_t first = stream.events().after(known).events.front().id;
      known = stream.events().last();
      return Told{first, known, stream.status().samples};
    };
    const Told before = run(drawn({.frames = 30, .live = live, .silent_before = 20}), 20, true);
    const Told waited = run(waiting(), 0, true);
    EXPECT_EQ(waited.first, before.last + 1) << input;
    const Told after = run(drawn({.frames = live ? 20 : 40, .live = live}), 0, false);
    EXPECT_EQ(after.first, waited.last + 1) << input;
    EXPECT_EQ(after.samples, 40) << input;
  }
}

TEST(Checkpoint, ThatCannotBeWrittenAtTheDrainIsSaid) {
  const io::ScratchFolder folder;
  const std::string state = folder / "state";
  fs::create_directory(state);
  RunningStream stream(spec_of("video", "rtsp://drawing", {{"policy", "block"}}),
                       keeping(state),
                       drawn({.frames = 30, .live = true, .silent_before = 20}));
  wait_for(stream, "tracks", 20);
  fs::remove_all(state);
  folder.write("state", "no folder any more");
  stream.drain();
  finish(stream);
  EXPECT_EQ(stream.status().error_code, kCheckpointFailed);
  EXPECT_THAT(stream.status().error, testing::HasSubstr("state"));
}

/// Drained, gone on from, and killed before the first checkpoint of its own.
TEST(Checkpoint, OfADrainedStreamGivesNoNumberTwiceBehindAKill) {
  for (const char* input : {"drawing", "rtsp://drawing"}) {
    const io::ScratchFolder state;
    const io::ScratchFolder left;
    const bool live = input[0] == 'r';
    const StreamSpec spec = spec_of("video", input, {{"policy", "block"}});
    const StreamSeams seams = drawn({.frames = 40, .live = live, .silent_before = 20});
    std::int64_t drained_at = 0;
    {
      RunningStream drained(spec, keeping(state / ""), seams);
      wait_for(drained, "tracks", 20);
      drained.drain();
      finish(drained);
      drained_at = drained.events().last();
    }
    std::int64_t given = 0;
    {
      RunningStream killed(spec, keeping(state / ""), waiting());
      fs::copy(state / "", left / "", fs::copy_options::recursive);
      given = killed.events().last();
      killed.drain();
      finish(killed);
    }
    RunningStream stream(spec, keeping(left / ""), waiting());
    const EventLog::Read read = stream.events().after(drained_at);
    EXPECT_GT(read.events.at(0).id, given) << input;
    EXPECT_EQ(read.lost, 0) << input;
    EXPECT_EQ(stream.events().after(5).events.at(0).id, 6) << input;
    stream.stop();
    finish(stream);
  }
}

}  // namespace
}  // namespace heddle::app::serve
