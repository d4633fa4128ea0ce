#include "io/formats/video_page/video_page.h"

#include "records.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace heddle::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using State = Track::State;
using Records = std::vector<Record>;

class VideoPage : public testing::Test {
 protected:
  VideoPage() {
    SinkOptions options;
    options.input.video = true;
    options.title = "Video of a<b>.mp4";
    options.run = {{"Program", "heddle 0.1.0"}};
    sink_ = open_sink("html", folder_ / "page.html", options);
  }
  std::string closed() {
    sink_->close();
    return read_file(folder_ / "page.html");
  }

  const ScratchFolder folder_;
  std::unique_ptr<Sink> sink_;
};

TEST_F(VideoPage, TellsTheRunAndShowsEveryDrawing) {
  for (int i = 0; i < 10; ++i) {
    sink_->write(frame_at(i), Records{track_at(i, 17, State::kTracked, "per<son")});
  }
  sink_->write(frame_at(30), Records{track_at(30, 17, State::kRecovered, "per<son")});
  const std::string page = closed();
  for (const char* title :
       {"Objects in view", "Identities over time", "Paths", "Before and after", "Classes"}) {
    EXPECT_THAT(page, HasSubstr(">" + std::string(title) + "</h2>"));
  }
  EXPECT_THAT(page, HasSubstr(">Class<"));
  EXPECT_THAT(page, HasSubstr("per&lt;son 17"));
  EXPECT_THAT(page, HasSubstr("Video of a&lt;b&gt;.mp4"));
  EXPECT_THAT(page, HasSubstr("heddle 0.1.0"));
  EXPECT_THAT(page, HasSubstr("data:image/jpeg;base64,/9j/"));
}

TEST_F(VideoPage, NamesEachPathWhereItEnds) {
  for (int i = 0; i < 10; ++i) sink_->write(frame_at(i), Records{track_at(i, 17)});
  EXPECT_THAT(closed(), testing::ContainsRegex("class=\"tag\"[^>]*>17<"));
}

TEST_F(VideoPage, NamesOfPathsThatEndTogetherDoNotCoverEachOther) {
  for (int i = 0; i < 10; ++i) {
    sink_->write(frame_at(i), Records{track_at(i, 17), track_at(i, 18), track_at(i, 19)});
  }
  const std::string page = closed();
  const std::regex tag("<text x=\"([^\"]*)\" y=\"([^\"]*)\"[^>]*class=\"tag\"[^>]*>1[789]<");
  std::set<std::string> places;
  for (std::sregex_iterator it(page.begin(), page.end(), tag), end; it != end; ++it) {
    places.insert((*it)[1].str() + "," + (*it)[2].str());
  }
  EXPECT_EQ(places.size(), 3u);
}

TEST_F(VideoPage, HasAColumnOfClassesOnlyWhereThereAreSome) {
  for (int i = 0; i < 10; ++i) sink_->write(frame_at(i), Records{track_at(i, 17)});
  const std::string page = closed();
  EXPECT_THAT(page, HasSubstr("First seen"));
  EXPECT_THAT(page, Not(HasSubstr(">Class<")));
}

TEST_F(VideoPage, OfAPieceFromTheMiddleBeginsItsTimeThere) {
  for (int i = 0; i < 20; ++i) sink_->write(frame_at(2500 + i), Records{track_at(2500 + i, 1)});
  const std::string page = closed();
  EXPECT_THAT(page, HasSubstr("from 4:10, up to 4:11"));
  EXPECT_THAT(page, Not(HasSubstr(">50<"))) << "a tick of an axis from 0";
}

TEST_F(VideoPage, FetchesNothing) {
  sink_->write(frame_at(0), Records{track_at(0, 1)});
  const std::string page = closed();
  EXPECT_THAT(page,
              AllOf(Not(HasSubstr("src=\"http")),
                    Not(HasSubstr("href=\"http")),
                    Not(HasSubstr("<script")),
                    HasSubstr("default-src 'none'")));
}

TEST_F(VideoPage, OfHoursWithThousandsOfIdentitiesStaysSmallAndSaysWhatItLeftOut) {
  std::int64_t frame = 0;
  for (std::int64_t id = 1; id <= 3000; ++id) {
    for (int i = 0; i < 12; ++i, frame += 5) {
      sink_->write(frame_at(frame), Records{track_at(frame, id), track_at(frame, 100000)});
    }
  }
  const std::string page = closed();
  EXPECT_LT(page.size(), 1'500'000u);
  EXPECT_THAT(page, HasSubstr("identities seen longest of 3,001"));
  EXPECT_THAT(page, HasSubstr("hours"));
}

TEST_F(VideoPage, WithoutAnObjectSaysSo) {
  sink_->write(frame_at(0), {});
  EXPECT_THAT(closed(), HasSubstr("No object was found."));
}

TEST_F(VideoPage, WithoutPixelsHasNoPictures) {
  Frame bare = frame_at(0);
  bare.bgr.clear();
  sink_->write(bare, Records{track_at(0, 1)});
  EXPECT_THAT(closed(), AllOf(HasSubstr("Identities over time"), Not(HasSubstr("data:image"))));
}

TEST_F(VideoPage, OfARunThatWasStoppedSaysSo) {
  sink_->write(frame_at(0), Records{track_at(0, 1)});
  sink_->close_partial();
  EXPECT_THAT(read_file(folder_ / "page.html.partial"), HasSubstr("no: the run was stopped"));
}

}  // namespace
}  // namespace heddle::io
