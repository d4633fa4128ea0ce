#include "io/formats/bigwig.h"

#include "io/formats/in_memory_file.h"
#include "io/formats/nameless_file.h"
#include "io/formats/value_sink.h"

#include <bigWig.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace heddle::io {
namespace {

constexpr std::size_t kRunsAtOnce = 4096;
constexpr int kZoomLevels = 10;
constexpr std::int64_t kMostBases = std::numeric_limits<std::uint32_t>::max();

/// What a whole file begins and ends with, in the byte order of the machine that made it.
constexpr std::uint32_t kMagic = BIGWIG_MAGIC;

/// A run as it waits.
struct Waiting {
  std::uint32_t from = 0, to = 0;
  float value = 0;
};

/// libBigWig gives back pointers to be closed, and closes by writing.
struct CloseBigwig {
  void operator()(bigWigFile_t* file) const { bwClose(file); }
};
using Bigwig = std::unique_ptr<bigWigFile_t, CloseBigwig>;

class BigwigSink final : public ValueSink {
 public:
  BigwigSink(const std::string& path, const SinkOptions& options) : ValueSink(path, options) {}

  bool continuable() const override { return false; }

 private:
  /// Runs of a sequence that lie together in the temporary file.
  struct Stretch {
    long at = 0;
    std::size_t runs = 0;
  };
  struct Track {
    std::int64_t length = 0;
    std::vector<Stretch> stretches;
  };

  void run(const std::string& sequence, const ValueRun& run) override;
  void ended(const std::string& sequence, std::int64_t length) override;
  void failed(const Failure&) override {}
  void finish(bool whole) override;

  std::vector<const char*> describe(std::vector<std::uint32_t>& lengths) const;
  void put(bigWigFile_t* to, const std::string& sequence, const Track& track);
  void put(bigWigFile_t* to, const std::string& sequence, bool& first, std::size_t count);
  [[noreturn]] void refuse(const std::string& what) {
    throw OutputError(file().path() + ": " + what);
  }

  NamelessFile waiting_ = open_nameless();
  std::string last_;  // the sequence whose run came last
  std::map<std::string, Track> tracks_;
  std::array<Waiting, kRunsAtOnce> some_;
};

void BigwigSink::run(const std::string& sequence, const ValueRun& run) {
  if (run.to > kMostBases) refuse(sequence + " is longer than bigWig can say (2^32 bases)");
  Track& track = tracks_[sequence];
  if (track.stretches.empty() || last_ != sequence) {
    const long at = std::ftell(waiting_.get());
    if (at < 0) fail_nameless(errno);
    track.stretches.push_back({at, 0});
    last_ = sequence;
  }
  ++track.stretches.back().runs;
  track.length = std::max(track.length, run.to);
  const Waiting one{static_cast<std::uint32_t>(run.from),
                    static_cast<std::uint32_t>(run.to),
                    static_cast<float>(run.value)};
  if (std::fwrite(&one, sizeof one, 1, waiting_.get()) != 1) fail_nameless(errno);
}

void BigwigSink::ended(const std::string& sequence, std::int64_t length) {
  if (length > kMostBases) refuse(sequence + " is longer than bigWig can say (2^32 bases)");
  Track& track = tracks_[sequence];
  track.length = std::max(track.length, length);
}

std::vector<const char*> BigwigSink::describe(std::vector<std::uint32_t>& lengths) const {
  std::vector<const char*> names;
  for (const auto& [name, track] : tracks_) {
    if (track.length == 0) continue;
    names.push_back(name.c_str());
    lengths.push_back(static_cast<std::uint32_t>(track.length));
  }
  return names;
}

void BigwigSink::put(bigWigFile_t* to,
                     const std::string& sequence,
                     bool& first,
                     std::size_t count) {
  std::array<std::uint32_t, kRunsAtOnce> from, until;
  std::array<float, kRunsAtOnce> values;
  std::array<const char*, kRunsAtOnce> names;
  for (std::size_t i = 0; i < count; ++i) {
    from[i] = some_[i].from;
    until[i] = some_[i].to;
    values[i] = some_[i].value;
    names[i] = sequence.c_str();
  }
  const auto runs = static_cast<std::uint32_t>(count);
  const int failed =
      std::exchange(first, false)
          ? bwAddIntervals(to, names.data(), from.data(), until.data(), values.data(), runs)
          : bwAppendIntervals(to, from.data(), until.data(), values.data(), runs);
  if (failed != 0) refuse("cannot be written (libBigWig " + std::to_string(failed) + ")");
}

void BigwigSink::put(bigWigFile_t* to, const std::string& sequence, const Track& track) {
  bool first = true;
  for (const Stretch& stretch : track.stretches) {
    if (std::fseek(waiting_.get(), stretch.at, SEEK_SET) != 0) fail_nameless(errno);
    for (std::size_t left = stretch.runs; left > 0;) {
      const std::size_t count = std::min(left, kRunsAtOnce);
      if (std::fread(some_.data(), sizeof(Waiting), count, waiting_.get()) != count) {
        fail_nameless(errno);
      }
      put(to, sequence, first, count);
      left -= count;
    }
  }
}

void BigwigSink::finish(bool whole) {
  std::vector<std::uint32_t> lengths;
  const std::vector<const char*> names = describe(lengths);
  if (names.empty() && !whole) return;  // interrupted before anything could be said
  if (names.empty()) refuse("there is no sequence to describe: a bigWig has at least one");
  if (std::fflush(waiting_.get()) != 0) fail_nameless(errno);
  const InMemoryFile packed;
  {
    const Bigwig out(bwOpen(packed.path().c_str(), nullptr, "w"));
    if (!out) refuse("libBigWig cannot open it");
    if (bwCreateHdr(out.get(), kZoomLevels) != 0) refuse("libBigWig cannot begin it");
    out->cl =
        bwCreateChromList(names.data(), lengths.data(), static_cast<std::int64_t>(names.size()));
    if (out->cl == nullptr || bwWriteHdr(out.get()) != 0) refuse("its header cannot be written");
    for (const auto& [name, track] : tracks_) put(out.get(), name, track);
  }
  // Closing writes the index, then the magic number again; it tells no failure.
  if (!packed.ends_with({reinterpret_cast<const char*>(&kMagic), sizeof kMagic})) {
    refuse("libBigWig could not complete it in memory");
  }
  copy_file(packed.descriptor(), file());
}

}  // namespace

std::string bigwig_absent() { return {}; }

std::unique_ptr<Sink> open_bigwig(const std::string& path, const SinkOptions& options) {
  return std::make_unique<BigwigSink>(path, options);
}

}  // namespace heddle::io
