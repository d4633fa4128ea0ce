#include "app/serve/api/error.h"
#include "app/serve/api/json_body.h"
#include "app/serve/api/parameters.h"
#include "app/serve/api/prometheus.h"
#include "app/serve/api/routes.h"
#include "app/serve/assets.h"
#include "app/serve/brief.h"
#include "app/serve/http_metrics.h"
#include "app/serve/records.h"
#include "tests/shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace heddle::app::serve {
namespace {

using testing::HasSubstr;

template <typename Call>
std::string code_of(Call call) {
  try {
    call();
    return "";
  } catch (const ApiError& error) {
    return error.code();
  }
}

TEST(JsonBody, IsAnObjectThatHasOneMeaning) {
  EXPECT_EQ(parse_object(R"({"a":[1,{"b":null}]})")["a"][0], 1);
  const std::string deep = std::string(500, '[') + std::string(500, ']');
  for (const std::string& bad : {std::string(""),
                                 std::string("[]"),
                                 std::string("{\"a\":1"),
                                 std::string(R"({"a":1,"a":2})"),
                                 std::string(R"({"x":{"a":1,"a":2}})"),
                                 std::string(R"({"a":"\u0000"})"),
                                 std::string(R"({"a":1e999})"),
                                 std::string("{\"a\":\"\xff\"}"),
                                 std::string("{\"a\":NaN}"),
                                 std::string("{} {}"),
                                 "{\"a\":" + deep + "}"}) {
    EXPECT_EQ(code_of([&bad] { parse_object(bad); }), "bad_json") << bad.substr(0, 40);
  }
}

TEST(JsonBody, HasNoOtherFieldsThanThoseKnown) {
  try {
    only_fields({{"inptus", 1}}, {"inputs", "output"});
    FAIL();
  } catch (const ApiError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'inputs'"));
  }
}

TEST(Routes, FitExactlyOnePathEach) {
  EXPECT_EQ(match("GET", "/v1/streams/s7").parameters, std::vector<std::string>{"s7"});
  EXPECT_EQ(match("GET", "/v1/streams/s7/events").route->pattern, "/v1/streams/{id}/events");
  EXPECT_NE(match("HEAD", "/healthz").route, nullptr);
  EXPECT_EQ(match("PATCH", "/v1/streams/s7").route, nullptr);
  EXPECT_EQ(match("PATCH", "/v1/streams/s7").allowed, "GET, HEAD, DELETE");
  for (const char* none : {"",
                           "/healthz/",
                           "//healthz",
                           "/v1/streams/",
                           "/v1/streams//events",
                           "/v1/streams/s7/",
                           "/v1/streams/s7/x",
                           "/page/",
                           "/page/a/b",
                           "/page/../healthz",
                           "/V1/info",
                           "*"}) {
    EXPECT_EQ(match("GET", none).route, nullptr) << none;
    EXPECT_EQ(match("GET", none).allowed, "") << none;
  }
}

TEST(Routes, AreEachOnceInTheTable) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Route& route : routes()) {
    EXPECT_TRUE(seen.insert({route.method, route.pattern}).second) << route.pattern;
    EXPECT_EQ(route.open != nullptr, route.body == BodyKind::kUpload) << route.pattern;
    EXPECT_NE(route.answer, nullptr) << route.pattern;
  }
}

TEST(Brief, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(brief("gr\u00fc\u00df", 4), "gr\u00fc\u00df");
  EXPECT_EQ(brief("gr\u00fc\u00dfe", 3), "gr\u00fc\u2026");
  EXPECT_EQ(characters("gr\u00fc\u00dfe"), 5U);
}

TEST(Brief, KeepsWhatAMessageSaysAroundWhatItQuotes) {
  const std::string most(200, 'x'), longer(300, 'x'), blanks(100000, ' ');
  EXPECT_EQ(brief_message("the daemon's 'a b' is no 'c'"), "the daemon's 'a b' is no 'c'");
  EXPECT_EQ(brief_message("no '" + most + "' here"), "no '" + most + "' here");
  EXPECT_EQ(brief_message("no '" + longer + "' here"), "no '" + most + "\u2026' here");
  EXPECT_EQ(brief_message("no 'x" + blanks + "' here"),
            "no 'x" + std::string(199, ' ') + "\u2026' here");
  EXPECT_EQ(brief_message(longer + ": none"), most + "x\u2026 none");
  EXPECT_LE(characters(brief_message(blanks)), 1001U);
  std::string trap;
  while (trap.size() < 100000) trap += "' a'b '";
  EXPECT_LE(characters(brief_message(trap)), 1001U);
}

TEST(Brief, IsWhatAnAnswerSays) {
  const std::string longer(500000, 'x');
  const Response answer =
      error_response(ApiError("bad_spec", "name: '" + longer + "' is odd").about(longer));
  EXPECT_LT(answer.body.size(), 600U);
  EXPECT_THAT(answer.body, HasSubstr("' is odd"));
}

TEST(Parameters, AreWholeNumbersWithinBounds) {
  Request request;
  request.query = {{"width", "960"}, {"limit", "5x"}, {"after", "99999999999999999999"}};
  EXPECT_EQ(integer(request, "width", 1, {1, 1000}), 960);
  EXPECT_EQ(integer(request, "begin", 7, {0, 10}), 7);
  EXPECT_EQ(code_of([&] { integer(request, "width", 1, {1, 10}); }), "bad_query");
  EXPECT_EQ(code_of([&] { integer(request, "limit", 1, {1, 10}); }), "bad_query");
  EXPECT_EQ(code_of([&] { integer(request, "after", 1, {1, 10}); }), "bad_query");
  EXPECT_EQ(code_of([&] { text(request, "sequence"); }), "bad_query");
}

TEST(Parameters, TakeTheLastEventFromTheHeaderFirst) {
  Request request;
  EXPECT_EQ(last_event_of(request), -1);
  request.query = {{"last_event_id", "5"}};
  EXPECT_EQ(last_event_of(request), 5);
  request.headers = {{"last-event-id", "9"}};
  EXPECT_EQ(last_event_of(request), 9);
  request.headers = {{"last-event-id", "-3"}};
  EXPECT_EQ(code_of([&] { last_event_of(request); }), "bad_header");
}

TEST(Prometheus, EscapesLabelsAndWritesNumbersWhole) {
  PrometheusText text;
  text.family("heddle_x_total", "counter", "Things.");
  text.sample(12345678, {{"route", "a\"b\\c\nd"}});
  text.sample(0.25, {{"le", "+Inf"}}, "_bucket");
  EXPECT_EQ(text.text(),
            "# HELP heddle_x_total Things.\n# TYPE heddle_x_total counter\n"
            "heddle_x_total{route=\"a\\\"b\\\\c\\nd\"} 12345678\n"
            "heddle_x_total_bucket{le=\"+Inf\"} 0.25\n");
}

TEST(HttpMetrics, CountByRouteStatusAndTime) {
  HttpMetrics metrics;
  metrics.count("/v1/info", 200, 0.003);
  metrics.count("/v1/info", 200, 60);
  metrics.count("/v1/streams/{id}/events", 200, -1);
  metrics.count("", 404, 0.1);
  const auto counts = metrics.snapshot();
  EXPECT_EQ(counts.requests.at({"/v1/info", 200}), 2);
  EXPECT_EQ(counts.requests.at({"none", 404}), 1);
  EXPECT_EQ(counts.times.at("/v1/info").buckets[2], 1);
  EXPECT_EQ(counts.times.at("/v1/info").buckets.back(), 1);
  EXPECT_EQ(counts.times.count("/v1/streams/{id}/events"), 0u);
}

TEST(Assets, ArePartOfTheExecutableWithTypesAndTags) {
  const Asset* file = find_asset("openapi.yaml");
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->bytes,
            read_file(std::filesystem::path(HEDDLE_ROOT) / "configs/deploy/openapi.yaml"));
  EXPECT_EQ(file->etag.size(), 18u);
  EXPECT_EQ(type_of_asset("a.js"), "text/javascript; charset=utf-8");
  EXPECT_EQ(find_asset("../openapi.yaml"), nullptr);
}

TEST(Records, OutliveTheirOwnerAndNeverNameTwoThingsAlike) {
  const auto folder = fresh_folder("records");
  {
    Records records((folder / "r").string(), "s");
    EXPECT_EQ(records.next_name(), "s1");
    records.put("s1", {{"a", 1}});
    EXPECT_EQ(records.next_name(), "s2");
    records.put("s2", {{"a", 2}});
    records.remove("s2");
  }
  std::ofstream(folder / "r" / "s9.json") << "{\"cut";  // of a disk that lies: left alone
  std::ofstream(folder / "r" / "notes.json") << "{}";
  Records again((folder / "r").string(), "s");
  std::vector<std::string> damaged;
  ASSERT_EQ(again.all([&](const std::string& why) { damaged.push_back(why); }).size(), 1u);
  ASSERT_EQ(damaged.size(), 1u);
  EXPECT_NE(damaged[0].find("s9.json is damaged"), std::string::npos) << damaged[0];
  EXPECT_EQ(again.all()[0].second["a"], 1);
  EXPECT_EQ(again.next_name(), "s10") << "its file would be written over";
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace heddle::app::serve
