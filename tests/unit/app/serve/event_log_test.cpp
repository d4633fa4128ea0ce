#include "app/serve/event_feed.h"
#include "app/serve/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace heddle::app::serve {
namespace {

using testing::HasSubstr;

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
  EXPECT_EQ(log.bytes(), sizeof(Event));
  log.publish("stats", std::string(1000, 'x'));
  EXPECT_EQ(log.bytes(), 2 * sizeof(Event) + 1024);  // 1000, its end and a header, in sixteens
}

TEST(EventLog, KeepsNoMoreRoomThanATextFills) {
  EventLog log;
  std::string grown(1000, 'x');
  grown.reserve(5000);
  log.publish("stats", std::move(grown));
  EXPECT_LT(log.bytes(), 1200u);
}

TEST(EventLog, HoldsTheFewerShortEventsTheMoreTheyCost) {
  EventLog log({.events = 1000, .bytes = 10 * sizeof(Event)});
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
  log->publish("gap", R"({"reason":"stall"})");
  EventFeed feed(log, *log, -1);
  EXPECT_EQ(feed.next(4096), "retry: 2000\n\nid: 1\nevent: gap\ndata: {\"reason\":\"stall\"}\n\n");
  EXPECT_EQ(feed.next(4096), "");
  EXPECT_FALSE(feed.finished());
  log->end();
  EXPECT_EQ(feed.next(4096), "");
  EXPECT_TRUE(feed.finished());
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
