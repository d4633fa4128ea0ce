#include "io/formats/video_page/return_gallery.h"

#include "records.h"

#include <gtest/gtest.h>

namespace heddle::io {
namespace {

using State = Track::State;
using Records = std::vector<Record>;

/// `id` is seen in dark frames, away for `away` frames, and back in a bright one.
void go_and_return(
    ReturnGallery& gallery, IdentityLog& log, std::int64_t& frame, std::int64_t id, int away) {
  const auto see = [&](const Frame& now, const Records& records) {
    gallery.see(now, records, log.add(now, records));
  };
  for (int i = 0; i < 5; ++i, ++frame) see(frame_at(frame, 40), Records{track_at(frame, id)});
  for (int i = 0; i < away; ++i, ++frame) {
    see(frame_at(frame, 90), Records{track_at(frame, id, State::kLost)});
  }
  see(frame_at(frame, 200), Records{track_at(frame, id, State::kRecovered)});
  ++frame;
}

TEST(ReturnGallery, ShowsWhatWasBeforeAndWhatCameBack) {
  ReturnGallery gallery;
  IdentityLog log;
  std::int64_t frame = 0;
  go_and_return(gallery, log, frame, 1, 20);
  const auto entries = gallery.entries();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].before.bgr.front(), 40);
  EXPECT_EQ(entries[0].after.bgr.front(), 200);
}

TEST(ReturnGallery, KeepsTheLongestAbsencesInTheirOrder) {
  ReturnGallery gallery;
  IdentityLog log;
  std::int64_t frame = 0;
  for (int i = 0; i < static_cast<int>(ReturnGallery::kMost) + 10; ++i) {
    go_and_return(gallery, log, frame, i + 1, i < 10 ? 6 : 20);
  }
  const auto entries = gallery.entries();
  ASSERT_EQ(entries.size(), ReturnGallery::kMost);
  EXPECT_EQ(entries.front().what.id, 11) << "the ten short ones are left out";
  for (std::size_t i = 1; i < entries.size(); ++i) {
    EXPECT_GT(entries[i].what.back, entries[i - 1].what.back);
  }
}

TEST(ReturnGallery, GivesAnIdentityThatFlickersThreePlaces) {
  ReturnGallery gallery;
  IdentityLog log;
  std::int64_t frame = 0;
  for (const int away : {8, 30, 6, 20, 10, 7}) go_and_return(gallery, log, frame, 1, away);
  go_and_return(gallery, log, frame, 2, 6);
  std::vector<std::int64_t> ids;
  double shortest = 100;
  for (const auto& entry : gallery.entries()) {
    ids.push_back(entry.what.id);
    shortest = std::min(shortest, entry.what.id == 1 ? entry.what.back - entry.what.left : 100);
  }
  EXPECT_EQ(ids, (std::vector<std::int64_t>{1, 1, 1, 2}));
  EXPECT_GT(shortest, 1.0) << "the longest three are kept";
}

TEST(ReturnGallery, HasNothingOfFramesWithoutPixels) {
  ReturnGallery gallery;
  Frame bare = frame_at(0);
  bare.bgr.clear();
  const Return back{1, 0, 1, "1"};
  gallery.see(bare, Records{track_at(0, 1)}, {});
  gallery.see(bare, Records{track_at(1, 1)}, std::span(&back, 1));
  EXPECT_TRUE(gallery.entries().empty());
}

}  // namespace
}  // namespace heddle::io
