#include "app/serve/alive.h"
#include "app/serve/event_feed.h"
#include "app/serve/events.h"
#include "app/serve/kept_events.h"
#include "tests/shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <thread>

namespace heddle::app::serve {
namespace {

using testing::HasSubstr;

/// Of `stats` and one letter: a number, a time, two lengths, and six bytes of text in eights.
using std::chrono::milliseconds;
constexpr std::chrono::system_clock::time_point kWhen{milliseconds(90'125)};
constexpr std::size_t kShortEvent = 32;

TEST(EventLog, GivesWhatCameAfterANumber) {
  EventLog log;
  for (int i = 0; i < 5; ++i) log.publish("stats", std::to_string(i));
  const EventLog::Read read = log.after(3);
  ASSERT_EQ(read.events.size(), 2u);
  EXPECT_EQ(read.events[0].id, 4);
  EXPECT_EQ(read.events[1].data, "4");
  EXPECT_EQ(read.lost, 0);
  EXPECT_FALSE(read.ended);
}

TEST(EventLog, SaysHowManyTheRingHoldsNoMore) {
  EventLog log({.events = 3, .bytes = 1000});
  for (int i = 0; i < 10; ++i) log.publish("stats", "x");
  EXPECT_EQ(log.after(2).lost, 5);
  EXPECT_EQ(log.after(2).events.front().id, 8);
  EXPECT_EQ(log.after(7).lost, 0);
}

TEST(EventLog, IsBoundedByBytesButKeepsTheNewest) {
  EventLog log({.events = 100, .bytes = 10});
  log.publish("a", std::string(8, 'x'));
  log.publish("b", std::string(50, 'x'));
  const EventLog::Read read = log.after(0);
  ASSERT_EQ(read.events.size(), 1u);
  EXPECT_EQ(read.events[0].type, "b");
}

TEST(EventLog, CountsTheMemoryOfItsEventsNotTheirTextAlone) {
  EventLog log;
  log.publish("stats", "x");
  EXPECT_EQ(log.bytes(), kShortEvent);
  log.publish("stats", std::string(1000, 'x'));
  EXPECT_EQ(log.bytes(), kShortEvent + 24 + 1008);  // 1005, in eights
}

TEST(EventLog, HoldsTheFewerShortEventsTheMoreTheyCost) {
  EventLog log({.events = 1000, .bytes = 10 * kShortEvent});
  for (int i = 0; i < 100; ++i) log.publish("stats", "x");
  EXPECT_EQ(log.after(0).events.size(), 10u);
}

TEST(EventLog, ReadsInPiecesAndSaysTheEndOnlyBehindTheLast) {
  EventLog log;
  for (int i = 0; i < 4; ++i) log.publish("stats", std::string(100, 'x'));
  log.end();
  EventLog::Read read = log.after(0, 250);
  EXPECT_EQ(read.events.size(), 2u);
  EXPECT_FALSE(read.ended);
  read = log.after(2, 250);
  EXPECT_EQ(read.events.size(), 2u);
  EXPECT_TRUE(read.ended);
}

TEST(EventLog, IsAProgrammingErrorToWriteBehindItsEnd) {
  EventLog log;
  log.end();
  EXPECT_THROW(log.publish("stats", "{}"), std::logic_error);
}

TEST(EventLog, GoesOnBehindTheNumbersOfAnEarlierProcess) {
  EventLog log;
  log.start_after(41);
  EXPECT_EQ(log.publish("state", "{}"), 42);
  EXPECT_THROW(log.start_after(50), std::logic_error);
}

TEST(EventLog, CountsNumbersThatNobodyHadNotAsLost) {
  EventLog log({.events = 2, .bytes = 1000});
  log.start_after(40, 100);
  EXPECT_EQ(log.publish("state", "{}"), 141);
  EXPECT_EQ(log.after(40).lost, 0);
  EXPECT_EQ(log.after(90).lost, 0);  // a number that was given and not written down
  EXPECT_EQ(log.after(30).lost, 10);
  for (int i = 0; i < 3; ++i) log.publish("stats", "{}");
  EXPECT_EQ(log.after(40).lost, 2);
  EXPECT_EQ(log.after(30).lost, 12);
  EXPECT_EQ(log.after(141).lost, 1);
}

TEST(EventLog, RemembersTheSkippedNumbersOfAllRestarts) {
  EventLog first;
  first.start_after(40, 100);
  first.publish("state", "{}");
  EventLog second;
  second.start_after(first.last(), 0, first.skipped());  // drained
  second.publish("state", "{}");
  EventLog third;
  third.start_after(second.last(), 100, second.skipped());
  EXPECT_EQ(third.publish("state", "{}"), 243);
  EXPECT_EQ(third.after(30).lost, 12);
  EXPECT_EQ(third.after(140).lost, 2);
  EXPECT_EQ(third.after(142).lost, 0);
}

TEST(EventLog, TakesBackWhatAnEarlierProcessToldLast) {
  EventLog log;
  log.start_after(42, 100);
  log.put_back({{40, "stats", "a"}, {41, "stats", "b"}, {42, "state", "c"}});
  EXPECT_EQ(log.publish("state", "{}"), 143);
  const EventLog::Read read = log.after(40);
  ASSERT_EQ(read.events.size(), 3u);
  EXPECT_EQ(read.events[0].data, "b");
  EXPECT_EQ(read.events[2].id, 143);
  EXPECT_EQ(read.lost, 0);
  EXPECT_EQ(log.after(42).lost, 0);
  EXPECT_EQ(log.after(90).events.at(0).id, 143);
  EXPECT_EQ(log.after(10).lost, 29);
}

TEST(EventLog, TakesNoEventBackBehindItsOwn) {
  EventLog log;
  log.start_after(5);
  EXPECT_THROW(log.put_back({{6, "stats", "{}"}}), std::logic_error);
  log.publish("stats", "{}");
  EXPECT_THROW(log.put_back({{5, "stats", "{}"}}), std::logic_error);
}

TEST(EventLog, GivesTheNewestThatFit) {
  EventLog log;
  for (int i = 0; i < 5; ++i) log.publish("stats", std::string(100, 'x'));
  const auto newest = log.newest(250);
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].id, 4);
  EXPECT_EQ(log.newest(10'000).size(), 5u);
}

class KeptEvents : public testing::Test {
 protected:
  void SetUp() override { folder_ = fresh_folder("kept_events"); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(KeptEvents, ComeBackAsTheyWere) {
  EventLog log;
  log.start_after(6);
  log.publish("feature", R"({"id":"a: b","name":"data: "})", kWhen);
  log.publish("gap", "{}", kWhen);
  ASSERT_TRUE(keep_events(folder_, "s1", log));
  const auto events = kept_events(folder_, "s1", 8);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].id, 7);
  EXPECT_EQ(events[0].type, "feature");
  EXPECT_EQ(events[0].data, R"({"id":"a: b","name":"data: "})");
  EXPECT_EQ(events[0].wall, 90'125);
  EXPECT_EQ(events[1].id, 8);
  EXPECT_EQ(events[1].data, "{}");
  EXPECT_EQ(events[1].wall, 90'125);
  forget_events(folder_, "s1");
  EXPECT_TRUE(kept_events(folder_, "s1", 8).empty());
}

TEST_F(KeptEvents, AreOfNoUseWhereOthersWereToldSinceOrTheFileIsDamaged) {
  EventLog log;
  for (int i = 0; i < 3; ++i) log.publish("stats", "{}");
  ASSERT_TRUE(keep_events(folder_, "s1", log));
  EXPECT_TRUE(kept_events(folder_, "s1", 4).empty());
  EXPECT_EQ(kept_events(folder_, "s1", 3).size(), 3u);
  std::filesystem::resize_file(folder_ / "s1.events",
                               std::filesystem::file_size(folder_ / "s1.events") - 10);
  EXPECT_TRUE(kept_events(folder_, "s1", 3).empty());
  EXPECT_FALSE(keep_events(folder_ / "nowhere", "s1", log));
}

TEST(EventLog, WakesListenersUntilTheyAreRemoved) {
  EventLog log;
  int woken = 0;
  const int listener = log.add_listener([&woken] { ++woken; });
  log.publish("stats", "{}");
  log.remove_listener(listener);
  log.publish("stats", "{}");
  EXPECT_EQ(woken, 1);
}

TEST(EventLog, LosesNothingBetweenThreads) {
  EventLog log;
  std::thread writer([&log] {
    for (int i = 0; i < 2000; ++i) log.publish("stats", "{}");
    log.end();
  });
  std::int64_t seen = 0;
  for (bool over = false; !over;) {
    const EventLog::Read read = log.after(seen, 500);
    for (const Event& event : read.events) ASSERT_EQ(event.id, ++seen);
    over = read.ended;
  }
  writer.join();
  EXPECT_EQ(seen, 2000);
}

TEST(EventFeed, WritesEventsAsTheStandardHasThem) {
  auto log = std::make_shared<EventLog>();
  log->publish("gap", R"({"reason":"stall"})", kWhen);
  EventFeed feed(log, *log, -1);
  EXPECT_EQ(feed.next(4096),
            "retry: 2000\n\nid: 1\nevent: gap\ndata: "
            "{\"reason\":\"stall\",\"wall\":\"1970-01-01T00:01:30.125Z\"}\n\n");
  EXPECT_EQ(feed.next(4096), "");
  EXPECT_FALSE(feed.finished());
  log->end();
  EXPECT_EQ(feed.next(4096), "");
  EXPECT_TRUE(feed.finished());
}

TEST(EventFeed, LeavesATimeThatAnEventHasAsItIs) {
  auto log = std::make_shared<EventLog>();
  const std::string frame = R"({"frame":1,"wall":"2026-01-01T00:00:00.000Z","tracks":[]})";
  log->publish("tracks", frame);
  log->publish("error", R"({"message":"\"wall\": fell"})", kWhen);
  EventFeed feed(log, *log, -1);
  const std::string text(feed.next(4096));
  EXPECT_THAT(text, HasSubstr("data: " + frame + "\n\n"));
  EXPECT_THAT(text, HasSubstr(R"(fell","wall":"1970-01-01T00:01:30.125Z"})"));
}

TEST(EventFeed, TellsWhoComesBackToAnEndThatThereIsNoMore) {
  auto log = std::make_shared<EventLog>();
  log->publish("state", R"({"state":"done"})");
  log->publish("end", R"({"state":"done"})");
  EXPECT_EQ(event_stream(log, *log, 2).status, 200);  // it may still say something
  log->end();
  EXPECT_EQ(event_stream(log, *log, 2).status, 204);
  EXPECT_EQ(event_stream(log, *log, 1).status, 200);
  EXPECT_EQ(event_stream(log, *log, -1).status, 200);
  EXPECT_EQ(event_stream(log, *log, 50).status, 200);  // of another log
}

TEST(EventFeed, LetsWhoSawADrainComeBackBehindIt) {
  auto log = std::make_shared<EventLog>();
  log->publish("end", R"({"state":"draining","samples":3})");
  log->end();
  EXPECT_EQ(event_stream(log, *log, 1).status, 200);
}

TEST(Alive, StandsStillWhereNoBeatComesWithinTheLimit) {
  using std::chrono::seconds;
  const Alive::Time start{seconds(1000)};
  Alive alive;
  EXPECT_FALSE(alive.still(start));  // models are loaded, and nobody beats yet
  alive.watch(seconds(60), start);
  EXPECT_FALSE(alive.still(start + seconds(60)));
  EXPECT_TRUE(alive.still(start + seconds(61)));
  alive.beat(start + seconds(61));
  EXPECT_FALSE(alive.still(start + seconds(100)));
}

TEST(EventFeed, TellsAListenerThatWasAwayWhatItMissed) {
  auto log = std::make_shared<EventLog>(EventLimits{.events = 2, .bytes = 1000});
  for (int i = 0; i < 9; ++i) log->publish("stats", "{}");
  EventFeed away(log, *log, 3);
  EXPECT_THAT(std::string(away.next(4096)), HasSubstr("event: lost\ndata: {\"count\":4}\n\n"));
  EventFeed fresh(log, *log, -1);  // never saw them, and so misses none
  EXPECT_THAT(std::string(fresh.next(4096)), testing::Not(HasSubstr("lost")));
}

TEST(EventFeed, BeginsAnewWhereTheNumberIsOfALogThatIsGone) {
  auto log = std::make_shared<EventLog>();
  log->publish("state", "{}");
  EventFeed feed(log, *log, 5000);
  EXPECT_THAT(std::string(feed.next(4096)),
              HasSubstr("event: lost\ndata: {\"count\":null}\n\nid: 1\n"));
}

TEST(EventFeed, TellsOnceWhatWasLostWhereTheLogHoldsNothing) {
  auto log = std::make_shared<EventLog>();
  log->start_after(11, 0, {});
  log->end();
  EventFeed feed(log, *log, 5);
  EXPECT_THAT(std::string(feed.next(4096)), HasSubstr("event: lost\ndata: {\"count\":6}\n\n"));
  EXPECT_EQ(feed.next(4096), "");
  EXPECT_TRUE(feed.finished());
}

TEST(EventFeed, SaysSomethingAfterFifteenSilentSeconds) {
  auto log = std::make_shared<EventLog>();
  EventFeed feed(log, *log, -1);
  int woken = 0;
  feed.on_more([&woken] { ++woken; });
  feed.next(4096);
  for (int i = 0; i < 14; ++i) feed.tick();
  EXPECT_EQ(woken, 0);
  EXPECT_EQ(feed.next(4096), "");
  feed.tick();
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(feed.next(4096), ": keep-alive\n\n");
}

}  // namespace
}  // namespace heddle::app::serve
