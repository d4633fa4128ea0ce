#include "app/journal.h"

#include "app/exit_codes.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

namespace heddle::app {
namespace {

constexpr std::string_view kMagic = "heddle journal 1\n";

/// Magic, length and check sum of the payload, payload.
struct Header {
  std::uint64_t length = 0;
  std::uint64_t sum = 0;
};

std::uint64_t sum_of(std::string_view bytes) {
  return ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

/// The payload, or nothing where the file is not there or was being written.
std::optional<std::string> payload_of(const std::string& name) {
  std::error_code none;
  if (!std::filesystem::exists(name, none)) return std::nullopt;
  std::ifstream file(name, std::ios::binary);
  if (!file) throw CommandError(kOutput, name + ": cannot be read: " + std::strerror(errno));
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  const std::string_view bytes = all;
  if (bytes.size() < kMagic.size() + sizeof(Header)) return std::nullopt;
  if (!bytes.starts_with(kMagic)) {
    throw CommandError(kOutput,
                       name +
                           ": was written by another version of heddle; -y without --resume "
                           "starts anew");
  }
  Header header;
  std::memcpy(&header, bytes.data() + kMagic.size(), sizeof header);
  const std::string_view payload = bytes.substr(kMagic.size() + sizeof header);
  if (payload.size() != header.length || sum_of(payload) != header.sum) return std::nullopt;
  return std::string(payload);
}

class OpenFile {
 public:
  explicit OpenFile(const std::string& name)
      : name_(name),
        descriptor_(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) fail();
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail();
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  void sync() {
    if (::fsync(descriptor_) != 0) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw CommandError(kOutput, name_ + ": cannot be written: " + std::strerror(errno));
  }

  const std::string name_;
  const int descriptor_;
};

}  // namespace

Journal::Journal(const std::string& output)
    : names_{output + ".journal-1", output + ".journal-2"} {}

std::optional<JournalEntry> Journal::read() {
  std::optional<JournalEntry> newest;
  for (const std::string& name : names_) {
    const std::optional<std::string> payload = payload_of(name);
    if (!payload) continue;
    io::Snapshot snapshot(*payload);
    std::uint64_t turn = 0;
    JournalEntry entry;
    snapshot(turn, entry);
    snapshot.end();
    if (newest && turn < turn_) continue;
    newest = std::move(entry);
    turn_ = turn;
  }
  return newest;
}

void Journal::write(JournalEntry& entry) {
  io::Snapshot snapshot;
  std::uint64_t turn = turn_ + 1;
  snapshot(turn, entry);
  const std::string payload = snapshot.take();
  const Header header{payload.size(), sum_of(payload)};
  OpenFile file(names_[(turn - 1) % 2]);
  file.write(kMagic);
  file.write({reinterpret_cast<const char*>(&header), sizeof header});
  file.write(payload);
  file.sync();
  turn_ = turn;
}

void Journal::remove() {
  std::error_code none;
  for (const std::string& name : names_) std::filesystem::remove(name, none);
}

}  // namespace heddle::app
