#include "app/serve/api/error.h"
#include "app/serve/bad_field.h"
#include "app/serve/streams.h"
#include "tests/shell.h"
#include "tests/unit/app/serve/fake_stream.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace heddle::app::serve {
namespace {

using std::chrono::milliseconds;

class Registry : public testing::Test {
 protected:
  void SetUp() override { folder_ = fresh_folder("registry"); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Streams made(int most = 64, int most_ended = 256) {
    StreamServices services;
    services.state_folder = folder_.string();
    return Streams({.most = most,
                    .most_ended = most_ended,
                    .services = services,
                    .start =
                        [this](StreamSpec spec, const StreamServices& with) {
                          if (spec.input == "bad") throw BadField("input", "is bad");
                          ++started_;
                          return std::make_unique<FakeStream>(std::move(spec), with);
                        },
                    .confine =
                        [this](StreamSpec& spec) {
                          if (spec.input == forbidden_) {
                            throw ApiError("path_not_allowed", spec.input + ": is not allowed");
                          }
                        }});
  }
  static StreamSpec spec(const std::string& input = "upload") {
    StreamSpec made;
    made.kind = "genome";
    made.task = "genes";
    made.input = input;
    made.options = nlohmann::json::object();
    return made;
  }
  static FakeStream& fake(const std::shared_ptr<Stream>& stream) {
    return dynamic_cast<FakeStream&>(*stream);
  }
  template <typename Call>
  static int status_of(Call call) {
    try {
      call();
      return 0;
    } catch (const ApiError& error) {
      return error.status();
    }
  }

  std::filesystem::path folder_;
  std::string forbidden_;  // at a restart
  int started_ = 0;
};

TEST_F(Registry, NamesStreamsAndForgetsThem) {
  Streams streams = made();
  const auto first = streams.add(spec());
  EXPECT_EQ(first->spec().id, "s1");
  EXPECT_EQ(streams.find("s1"), first);
  for (const char* none : {"s2", "s01", "1", "", "s", "s1 ", "x1"}) {
    EXPECT_EQ(streams.find(none), nullptr) << none;
  }
  fake(first).end(StreamState::kDone);
  streams.forget("s1");
  EXPECT_EQ(streams.find("s1"), nullptr);
  EXPECT_EQ(streams.add(spec())->spec().id, "s2");
}

TEST_F(Registry, RunsSoManyAtOnceAndSaysWhenToComeBack) {
  Streams streams = made(2);
  const auto first = streams.add(spec());
  streams.add(spec());
  try {
    streams.add(spec());
    FAIL();
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status(), 429);
    EXPECT_GT(error.retry_after(), 0);
  }
  fake(first).end(StreamState::kFailed);
  EXPECT_NO_THROW(streams.add(spec()));
}

TEST_F(Registry, GivesNoStreamMoreMemoryThanAStreamMayHave) {
  Streams streams = made();
  StreamSpec greedy = spec();
  greedy.memory_budget = streams.most_memory() + 1;
  EXPECT_EQ(status_of([&] { streams.add(greedy); }), 400);
  --greedy.memory_budget;
  EXPECT_NO_THROW(streams.add(greedy));
}

TEST_F(Registry, StartsAgainWhatRanWhenItsDaemonDied) {
  {
    Streams streams = made();
    streams.add(spec("upload"));
    const auto over = streams.add(spec());
    const auto unwanted = streams.add(spec());
    fake(over).end(StreamState::kDone);
    streams.stop(*unwanted);
    EXPECT_EQ(status_of([&] { streams.add(spec("bad")); }), 400);
  }
  started_ = 0;
  Streams streams = made();
  EXPECT_TRUE(streams.restart().empty());
  EXPECT_EQ(started_, 1);
  ASSERT_NE(streams.find("s1"), nullptr);
  EXPECT_EQ(streams.add(spec())->spec().id, "s5");
}

TEST_F(Registry, DoesNotStartAgainWhatIsAllowedNoMore) {
  {
    Streams streams = made();
    streams.add(spec("rtsp://me:secret@host/"));
    streams.add(spec());
  }
  forbidden_ = "rtsp://me:secret@host/";
  started_ = 0;
  Streams streams = made();
  const auto told = streams.restart();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0], "the stream s1 does not start again: rtsp://***@host/: is not allowed");
  EXPECT_EQ(started_, 1);
  ASSERT_NE(streams.find("s1"), nullptr);
  EXPECT_EQ(streams.find("s1")->status().state, StreamState::kFailed);
  EXPECT_EQ(streams.find("s1")->status().error, "rtsp://***@host/: is not allowed");
}

TEST_F(Registry, CountsTheRestartsOfAStream) {
  { made().add(spec()); }
  for (int restarts = 1; restarts < 4; ++restarts) {
    Streams streams = made();
    streams.restart();
    EXPECT_EQ(streams.find("s1")->spec().restarts, restarts);
  }
}

TEST_F(Registry, StartsAgainAlsoWhereTheDiskTakesNoRecord) {
  {
    Streams streams = made();
    streams.add(spec());
  }
  std::filesystem::create_directories(folder_ / "specs" / "s1.json.partial");  // in its way
  started_ = 0;
  Streams streams = made();
  EXPECT_EQ(streams.restart().size(), 1u);
  EXPECT_EQ(started_, 1);
  EXPECT_FALSE(ended(streams.find("s1")->status().state));
}

TEST_F(Registry, DrainsWithoutForgettingWhatIsToGoOn) {
  {
    Streams streams = made();
    const auto first = streams.add(spec());
    streams.drain();
    EXPECT_TRUE(fake(first).drained);
    EXPECT_EQ(status_of([&] { streams.add(spec()); }), 503);
    EXPECT_TRUE(streams.wait_ended(milliseconds(0)));
    streams.tick();
  }
  Streams streams = made();
  streams.restart();
  EXPECT_NE(streams.find("s1"), nullptr);
}

TEST_F(Registry, DoesNotStartAgainWhatEndedWhileItDrained) {
  {
    Streams streams = made();
    fake(streams.add(spec())).drains_to = StreamState::kDone;
    fake(streams.add(spec())).drains_to = StreamState::kFailed;
    streams.add(spec());
    streams.drain();
  }
  Streams streams = made();
  streams.restart();
  EXPECT_EQ(started_, 3 + 1);
  EXPECT_EQ(streams.find("s1")->status().state, StreamState::kDone);
  EXPECT_EQ(streams.find("s2")->status().state, StreamState::kFailed);
  EXPECT_FALSE(ended(streams.find("s3")->status().state));
}

TEST_F(Registry, KeepsWhatEndedOverRestartsUntilItIsForgotten) {
  std::int64_t last = 0;
  {
    Streams streams = made();
    const auto stream = streams.add(spec());
    stream->events().publish("state", R"({"state":"stopped"})");
    last = stream->events().last();
    streams.stop(*stream);
  }
  for (int restarts = 0; restarts < 2; ++restarts) {
    Streams streams = made();
    EXPECT_TRUE(streams.restart().empty());
    const auto stream = streams.find("s1");
    ASSERT_NE(stream, nullptr);
    EXPECT_EQ(stream->status().state, StreamState::kStopped);
    EXPECT_EQ(stream->events().after(last).events.at(0).type, "end");
    EXPECT_TRUE(stream->events().after(last).ended);
  }
  EXPECT_EQ(started_, 1);
  {
    Streams streams = made();
    streams.restart();
    streams.forget("s1");
  }
  Streams streams = made();
  streams.restart();
  EXPECT_EQ(streams.find("s1"), nullptr);
}

TEST_F(Registry, AnswersWhileTheRecordOfAnEndIsWritten) {
  Streams streams = made();
  const auto ending = streams.add(spec());
  const auto other = streams.add(spec());
  std::promise<void> writes;
  std::promise<void> may_go_on;
  fake(ending).asked_for_sequences = [&] {
    writes.set_value();
    may_go_on.get_future().wait();
  };
  std::thread end([&] { fake(ending).end(StreamState::kDone); });
  writes.get_future().wait();
  auto asked = std::async(std::launch::async, [&] {
    return streams.find("s2") == other && streams.all().size() == 2 && streams.running() == 1;
  });
  const bool answered = asked.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  may_go_on.set_value();
  end.join();
  EXPECT_TRUE(answered);
  EXPECT_TRUE(asked.get());
}

TEST_F(Registry, ForgetsAlsoWhatIsForgottenWhileItsRecordIsWritten) {
  {
    Streams streams = made();
    const auto ending = streams.add(spec());
    std::promise<void> writes;
    std::promise<void> may_go_on;
    fake(ending).asked_for_sequences = [&] {
      writes.set_value();
      may_go_on.get_future().wait();
    };
    std::thread end([&] { fake(ending).end(StreamState::kDone); });
    writes.get_future().wait();
    std::thread forget([&] { streams.forget("s1"); });
    may_go_on.set_value();
    forget.join();
    end.join();
  }
  Streams streams = made();
  streams.restart();
  EXPECT_EQ(streams.find("s1"), nullptr);
}

TEST_F(Registry, KeepsTheEventsOfWhatEnded) {
  {
    Streams streams = made();
    const auto stream = streams.add(spec());
    for (int i = 0; i < 5; ++i) stream->events().publish("feature", std::to_string(i));
    stream->events().publish("state", R"({"state":"done"})");
    fake(stream).end(StreamState::kDone);
  }
  Streams streams = made();
  streams.restart();
  const EventLog::Read read = streams.find("s1")->events().after(3);
  ASSERT_EQ(read.events.size(), 4u);
  EXPECT_EQ(read.lost, 0);
  EXPECT_EQ(read.events[0].data, "3");
  EXPECT_EQ(read.events[3].type, "end");
  streams.forget("s1");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "s1.events"));
}

TEST_F(Registry, ForgetsTheOldestOfWhatEnded) {
  Streams streams = made(64, 2);
  for (int i = 0; i < 5; ++i) fake(streams.add(spec())).end(StreamState::kDone);
  streams.tick();
  EXPECT_EQ(streams.all().size(), 2u);
  EXPECT_EQ(streams.find("s3"), nullptr);
  EXPECT_NE(streams.find("s4"), nullptr);
}

TEST_F(Registry, ForgetsTheOldestOfWhatEndedWhereTheyHoldTooMuch) {
  Streams streams = made();
  constexpr std::size_t kBytes = std::size_t{400} << 20;
  for (int i = 0; i < 4; ++i) {
    FakeStream& stream = fake(streams.add(spec()));
    stream.hold(kBytes);
    if (i > 0) stream.end(StreamState::kDone);
  }
  streams.tick();
  EXPECT_NE(streams.find("s1"), nullptr);  // runs
  EXPECT_EQ(streams.find("s2"), nullptr);
  EXPECT_NE(streams.find("s3"), nullptr);
  EXPECT_NE(streams.find("s4"), nullptr);
  fake(streams.find("s4")).hold(10 * kBytes);
  streams.tick();
  EXPECT_EQ(streams.find("s3"), nullptr);
  EXPECT_NE(streams.find("s4"), nullptr);  // the newest stays
}

TEST_F(Registry, IsAliveWhileSomeHeartMovesAndNoneStandsForLong) {
  Streams streams = made();
  const auto first = streams.add(spec());
  const auto second = streams.add(spec());
  const milliseconds within(1000);
  const auto start = std::chrono::steady_clock::now();
  const auto alive = [&](int after) { return streams.alive(within, start + milliseconds(after)); };
  EXPECT_TRUE(alive(0));
  EXPECT_TRUE(alive(1000));
  EXPECT_FALSE(alive(1001));
  ++fake(first).beat;
  EXPECT_TRUE(alive(1500));  // the second may stand for a while
  ++fake(first).beat;
  EXPECT_TRUE(alive(8000));
  ++fake(first).beat;
  EXPECT_FALSE(alive(8001));  // but not so long
  fake(first).end(StreamState::kDone);
  fake(second).end(StreamState::kDone);
  EXPECT_TRUE(alive(8001));
}

}  // namespace
}  // namespace heddle::app::serve
