#include "app/serve/streams/upload_window.h"
#include "tests/unit/app/serve/streams/drawn_source.h"
#include "tests/unit/io/scratch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace heddle::app::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kBroken[] = HEDDLE_TEST_DATA "/golden/broken.fa";

/// As the server: what does not fit is offered again once there is room.
void send(Upload& upload, const std::string& bytes, std::size_t chunk, bool cut = false) {
  std::mutex mutex;
  std::condition_variable room;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t taken = upload.offer({bytes.data() + at, std::min(chunk, bytes.size() - at)});
    at += taken;
    if (taken > 0) continue;
    bool woken = false;
    upload.on_room([&] {
      const std::scoped_lock lock(mutex);
      woken = true;
      room.notify_all();
    });
    std::unique_lock lock(mutex);
    room.wait(lock, [&] { return woken; });
  }
  upload.finish(cut);
}

std::vector<nlohmann::json> uploaded(const std::string& bytes, std::size_t chunk) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  send(*stream->upload("application/octet-stream"), bytes, chunk);
  wait_for(*stream, "sequence", 1);
  stream->stop();
  finish(*stream);
  return events_of(*stream, "feature");
}

TEST(Upload, GivesTheFeaturesOfTheFileInChunksOfAnySize) {
  const auto file = start_stream(spec_of("genome", kBroken), services());
  finish(*file);
  const auto expected = events_of(*file, "feature");
  const std::string bytes = io::read_file(kBroken);
  for (const std::size_t chunk : {1, 7, 1000, 1 << 20}) {
    EXPECT_EQ(uploaded(bytes, chunk), expected) << "chunks of " << chunk;
  }
}

TEST(Upload, IsOneAtATime) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  const auto first = stream->upload("");
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(stream->upload(""), nullptr);
  first->finish(true);
}

TEST(Upload, MayBeFollowedByAnother) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  const std::string bytes = io::read_file(kBroken);
  send(*stream->upload(""), bytes, 4096);
  wait_for(*stream, "sequence", 1);
  std::shared_ptr<Upload> second;
  while ((second = stream->upload("")) == nullptr)
    std::this_thread::yield();  // it closes the first
  send(*second, bytes, 4096);
  wait_for(*stream, "sequence", 2);
  stream->status();  // answers once the features of the last sequence are told too
  const auto sequences = stream->sequences();
  ASSERT_THAT(sequences, SizeIs(2));
  EXPECT_EQ(sequences[1]["name"], sequences[0]["name"].get<std::string>() + ".2");
  EXPECT_EQ(sequences[1]["features"], sequences[0]["features"]);
}

TEST(Upload, OfReadsThatHaveOneNameKeepsThemApart) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  const std::string fasta = io::read_file(kBroken);
  std::string bases = fasta.substr(fasta.find('\n') + 1);
  std::erase(bases, '\n');
  bases.resize(std::min(bases.size(), bases.find('>')));
  const std::string rest = "\n" + bases + "\n+\n" + std::string(bases.size(), 'I') + "\n";
  send(*stream->upload(""), "@r1" + rest + "@r2" + rest + "@r1" + rest, 4096);
  wait_for(*stream, "sequence", 3);
  stream->status();  // answers once the features of the last sequence are told too
  std::vector<std::string> names;
  for (const auto& sequence : stream->sequences()) names.push_back(sequence["name"]);
  EXPECT_THAT(names, ElementsAre("r1", "r2", "r1.2"));
  std::set<std::string> ids;
  const auto features = events_of(*stream, "feature");
  for (const auto& feature : features) ids.insert(feature["id"].get<std::string>());
  EXPECT_THAT(ids, SizeIs(features.size()));
}

TEST(Upload, ThatBreaksOffEndsItsSequenceThere) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  const std::string bytes = io::read_file(kBroken);
  send(*stream->upload(""), bytes.substr(0, 1500), 100, true);
  wait_for(*stream, "error", 1);
  EXPECT_EQ(events_of(*stream, "error")[0]["code"], "upload_cut");
  wait_for(*stream, "sequence", 1);
  EXPECT_LT(events_of(*stream, "sequence").back()["length"], 1500);
}

TEST(Upload, OfSomethingElseIsRefusedByName) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  send(*stream->upload(""), std::string(200000, '\1'), 5000);
  wait_for(*stream, "error", 1);
  const auto error = events_of(*stream, "error")[0];
  EXPECT_EQ(error["code"], "upload_refused");
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("the upload"));
}

/// What the server would answer, once it is known.
Upload::End end_of(Upload& upload) {
  std::mutex mutex;
  std::condition_variable changed;
  bool woken = false;
  const bool known = upload.settled([&] {
    const std::scoped_lock lock(mutex);
    woken = true;
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return known || woken; });
  return upload.end();
}

TEST(Upload, IsSettledOnceItIsRead) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  const auto upload = stream->upload("");
  send(*upload, io::read_file(kBroken), 4096);
  EXPECT_EQ(end_of(*upload).why, "");
}

TEST(Upload, OfSomethingElseIsNotSaidToBeTaken) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  const auto upload = stream->upload("");
  send(*upload, std::string(200000, '\1'), 5000);
  const Upload::End end = end_of(*upload);
  EXPECT_EQ(end.why, stream->status().error);
  EXPECT_THAT(end.why, HasSubstr("the upload"));
  EXPECT_FALSE(end.stream_over);
}

TEST(Upload, ThatWasGoodEndsTheErrorOfTheOneBefore) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  for (const bool good : {false, true}) {
    std::shared_ptr<Upload> upload;
    while ((upload = stream->upload("")) == nullptr) std::this_thread::yield();
    send(*upload, good ? io::read_file(kBroken) : std::string(20000, '\1'), 5000);
    EXPECT_EQ(end_of(*upload).why.empty(), good);
    EXPECT_EQ(stream->status().error.empty(), good);
  }
}

TEST(Upload, OfTheOtherKindIsToldWhereItBelongs) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  const auto upload = stream->upload("");
  send(*upload, io::read_file(HEDDLE_TEST_DATA "/video/plain.mp4"), 5000);
  EXPECT_THAT(end_of(*upload).why, HasSubstr("use a stream of kind video"));
}

/// 8 bytes a base of 1 MiB.
TEST(Upload, HoldsNoReadThatItsMemoryDoesNotHold) {
  const auto stream =
      start_stream(spec_of("genome", "upload", {{"memory_budget", 1 << 20}}), services());
  for (const int bases : {(1 << 17) + 1, 1 << 17}) {
    const std::string text(static_cast<std::size_t>(bases), 'N');
    std::shared_ptr<Upload> upload;
    while ((upload = stream->upload("")) == nullptr) std::this_thread::yield();
    send(*upload, "@r\n" + text + "\n+\n" + text + "\n", 1 << 16);
    EXPECT_EQ(end_of(*upload).why.empty(), bases == 1 << 17) << end_of(*upload).why;
  }
}

TEST(Upload, WhoseStreamEndsIsNotSaidToBeTaken) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  const auto upload = stream->upload("");
  stream->stop();
  upload->finish(false);
  EXPECT_TRUE(end_of(*upload).stream_over);
  finish(*stream);
}

TEST(Upload, MayBeVideo) {
  const auto stream = start_stream(spec_of("video", "upload"), services());
  send(*stream->upload("video/x-matroska"), io::read_file(HEDDLE_TEST_DATA "/video/gap.mkv"), 999);
  wait_for(*stream, "tracks", 20);
  stream->stop();
  finish(*stream);
  EXPECT_EQ(stream->status().samples, 20);
}

TEST(Upload, IsLetGoWhenItsStreamIsStopped) {
  const auto stream = start_stream(spec_of("genome", "upload", {{"task", "repeats"}}), services());
  const auto upload = stream->upload("");
  std::thread client([&] { send(*upload, ">c\n" + std::string(50 << 20, 'N'), 1 << 16); });
  wait_for(*stream, "sequence", 1);
  stream->stop();
  client.join();
  finish(*stream);
  EXPECT_EQ(stream->upload(""), nullptr);
}

/// Of the segments inside, only those under work.
TEST(Upload, EndsWithinASegmentOrSoWhenItsStreamIsStopped) {
  const auto stream = start_stream(spec_of("genome", "upload"), services());
  const auto upload = stream->upload("");
  const std::string one = io::read_file(kBroken);
  const std::string bases = one.substr(one.find('\n'));
  std::string many;
  constexpr int kMany = 3000;  // more than are read while this thread waits for its turn
  for (int i = 0; i < kMany; ++i) many += ">c" + std::to_string(i) + bases;
  std::thread client([&] { send(*upload, many, 1 << 16); });
  wait_for(*stream, "sequence", 2);
  stream->stop();
  const std::size_t before = events_of(*stream, "sequence").size();
  client.join();
  finish(*stream);
  const std::size_t after = events_of(*stream, "sequence").size() - before;
  EXPECT_LE(after, 2U + 1) << "a segment a thread, and one that waited for its turn";
  EXPECT_GE(stream->status().dropped, 2);
  EXPECT_EQ(stream->status().state, StreamState::kStopped);
}

TEST(UploadWindow, HoldsEightMebibytesAndNoMore) {
  UploadWindow window;
  const std::string chunk(1 << 20, 'A');
  std::size_t taken = 0;
  for (int i = 0; i < 20; ++i) taken += window.offer(chunk);
  constexpr std::size_t kPipe = 1 << 20;  // holds what the pump has brought there
  EXPECT_LE(window.bytes(), UploadWindow::kBytes);
  EXPECT_LE(taken, UploadWindow::kBytes + kPipe);
  EXPECT_GE(window.bytes(), taken - kPipe) << "what the pump waits with counts";
  window.opened();  // and nobody reads
  window.finish(false);
}

}  // namespace
}  // namespace heddle::app::serve
