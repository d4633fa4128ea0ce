#include "io/gzip_input.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>
#include <vector>

namespace heddle::io {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;
constexpr int kGzipOnly = 15 + 16;  // zlib's window bits: largest window, gzip header required

class GzipInput final : public ByteSource {
 public:
  explicit GzipInput(std::unique_ptr<ByteSource> inner)
      : inner_(std::move(inner)), buffer_(kBufferBytes) {
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
    begin_member();
  }
  ~GzipInput() override { inflateEnd(&stream_); }
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;

  std::size_t read(std::span<std::uint8_t> buffer) override;
  std::int64_t position() const override {
    return inner_->position() - static_cast<std::int64_t>(stream_.avail_in);
  }
  std::int64_t size() const override { return inner_->size(); }
  const std::string& name() const override { return inner_->name(); }

 private:
  void begin_member();
  void end_member();
  bool refill();
  bool at_next_member();
  void expect_padding();
  [[noreturn]] void fail(const std::string& what) const;

  std::unique_ptr<ByteSource> inner_;
  std::vector<std::uint8_t> buffer_;
  z_stream stream_{};
  gz_header header_{};
  std::array<std::uint8_t, 64> extra_{};
  bool in_member_ = true;
  bool bgzf_ = false;  // said by the first member
  bool first_member_ = true;
  bool last_was_empty_ = false;  // the last whole member held nothing: BGZF's end marker
  bool finished_ = false;
};

void GzipInput::fail(const std::string& what) const {
  throw InputError(name() + ": " + what + " at byte " + std::to_string(position()));
}

void GzipInput::begin_member() {
  header_ = {};
  header_.extra = extra_.data();
  header_.extra_max = static_cast<uInt>(extra_.size());
  inflateGetHeader(&stream_, &header_);
  in_member_ = true;
}

void GzipInput::end_member() {
  if (first_member_) {
    bgzf_ = header_.extra_len >= 6 && extra_[0] == 'B' && extra_[1] == 'C';
    first_member_ = false;
  }
  last_was_empty_ = stream_.total_out == 0;
  in_member_ = false;
}

bool GzipInput::refill() {
  if (stream_.avail_in > 0) return true;
  const std::size_t got = inner_->read(buffer_);
  stream_.next_in = buffer_.data();
  stream_.avail_in = static_cast<uInt>(got);
  return got > 0;
}

bool GzipInput::at_next_member() {
  if (!refill()) {
    if (bgzf_ && !last_was_empty_) {
      fail("the bgzf end-of-file marker is missing; the file is truncated");
    }
    return false;
  }
  if (*stream_.next_in != 0x1f) {
    expect_padding();
    return false;
  }
  inflateReset(&stream_);
  begin_member();
  return true;
}

void GzipInput::expect_padding() {
  while (refill()) {
    const std::uint8_t* end = stream_.next_in + stream_.avail_in;
    const std::uint8_t* odd = std::find_if(static_cast<const std::uint8_t*>(stream_.next_in),
                                           end,
                                           [](auto byte) { return byte != 0; });
    stream_.avail_in = static_cast<uInt>(end - odd);
    if (odd != end) fail("the gzip data is followed by something else");
  }
}

std::size_t GzipInput::read(std::span<std::uint8_t> buffer) {
  while (!finished_) {
    if (!in_member_ && !at_next_member()) {
      finished_ = true;
      break;
    }
    if (!refill()) fail("the gzip data ends early; the file is truncated");
    stream_.next_out = buffer.data();
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(buffer.size(), 1U << 30));
    const uInt room = stream_.avail_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) end_member();
    if (room != stream_.avail_out) return room - stream_.avail_out;
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result != Z_OK && result != Z_STREAM_END) {
      fail(std::string("the gzip data is damaged (") +
           (stream_.msg != nullptr ? stream_.msg : "unusable stream") + ")");
    }
  }
  return 0;
}

// The part of a stream that sniffing has already seen.
class HeadSource final : public ByteSource {
 public:
  explicit HeadSource(std::span<const std::uint8_t> head) : head_(head) {}
  std::size_t read(std::span<std::uint8_t> buffer) override {
    const std::size_t got = std::min(buffer.size(), head_.size() - at_);
    std::copy_n(head_.data() + at_, got, buffer.data());
    at_ += got;
    return got;
  }
  std::int64_t position() const override { return static_cast<std::int64_t>(at_); }
  std::int64_t size() const override { return static_cast<std::int64_t>(head_.size()); }
  const std::string& name() const override { return name_; }

 private:
  std::span<const std::uint8_t> head_;
  std::size_t at_ = 0;
  std::string name_ = "head";
};

}  // namespace

Compression compression_of(std::span<const std::uint8_t> head) {
  if (head.size() < 3 || head[0] != 0x1f || head[1] != 0x8b || head[2] != 8) {
    return Compression::kNone;
  }
  const bool extra = head.size() >= 18 && (head[3] & 4) != 0;
  return extra && head[12] == 'B' && head[13] == 'C' ? Compression::kBgzf : Compression::kGzip;
}

std::string_view to_string(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return "gzip";
    case Compression::kBgzf:
      return "bgzf";
    case Compression::kNone:
      break;
  }
  return "";
}

std::unique_ptr<ByteSource> open_gzip(std::unique_ptr<ByteSource> inner) {
  return std::make_unique<GzipInput>(std::move(inner));
}

std::string content_head(std::span<const std::uint8_t> head) {
  if (compression_of(head) == Compression::kNone) return {head.begin(), head.end()};
  std::string content(4 * head.size(), '\0');
  std::size_t filled = 0;
  GzipInput input(std::make_unique<HeadSource>(head));
  try {
    while (filled < content.size()) {
      auto* room = reinterpret_cast<std::uint8_t*>(content.data() + filled);
      const std::size_t got = input.read({room, content.size() - filled});
      if (got == 0) break;
      filled += got;
    }
  } catch (const InputError&) {
    // The head ends inside a member, as expected; damage is reported by whoever reads the file.
  }
  content.resize(filled);
  return content;
}

}  // namespace heddle::io
