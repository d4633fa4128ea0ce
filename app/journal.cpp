#include "app/journal.h"

#include "app/exit_codes.h"
#include "app/version.h"
#include "io/durable_name.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <string_view>
#include <utility>

namespace heddle::app {
namespace {

/// Entries are read by the build that wrote them: values stand as they lie in memory.
constexpr std::string_view kAnyMagic = "heddle journal ";
const std::string& magic() {
  static const std::string text =
      std::string(kAnyMagic) + "3 of " + kVersion + " (" + kBuild + ")\n";
  return text;
}

/// Magic, length and check sum of the packed payload, length of the payload, packed payload.
struct Header {
  std::uint64_t length = 0;
  std::uint64_t sum = 0;
  std::uint64_t unpacked = 0;
};

/// Quickly: most of a large entry are rows of text that wait for their sequence's length.
std::string packed(const std::string& payload) {
  constexpr int kLevel = 1;
  uLongf length = ::compressBound(payload.size());
  std::string bytes(length, '\0');
  const int result = ::compress2(reinterpret_cast<Bytef*>(bytes.data()),
                                 &length,
                                 reinterpret_cast<const Bytef*>(payload.data()),
                                 payload.size(),
                                 kLevel);
  if (result != Z_OK) throw std::bad_alloc();  // there is no other reason
  bytes.resize(length);
  return bytes;
}

/// Nothing where it is not what packed() gives.
std::optional<std::string> unpacked(std::string_view bytes, std::uint64_t size) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 34;
  if (size > kMost) return std::nullopt;
  std::string payload(size, '\0');
  uLongf length = size;
  const int result = ::uncompress(reinterpret_cast<Bytef*>(payload.data()),
                                  &length,
                                  reinterpret_cast<const Bytef*>(bytes.data()),
                                  bytes.size());
  if (result != Z_OK || length != size) return std::nullopt;
  return payload;
}

std::uint64_t sum_of(std::string_view bytes) {
  return ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

[[noreturn]] void refuse(const std::string& name) {
  throw CommandError(kOutput,
                     name +
                         ": was written by another version of heddle; -y without --resume "
                         "starts anew");
}

/// A file of the journal. Nothing where it is not there or was being written.
struct JournalFile {
  std::optional<std::string> payload;
  bool foreign = false;  // of another version
};

JournalFile read_journal(const std::string& name) {
  std::error_code none;
  if (!std::filesystem::exists(name, none)) return {};
  std::ifstream file(name, std::ios::binary);
  if (!file) throw CommandError(kOutput, name + ": cannot be read: " + std::strerror(errno));
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  const std::string_view bytes = all;
  const std::string_view line = bytes.substr(0, bytes.find('\n') + 1);
  if (line != magic()) return {.foreign = line.starts_with(kAnyMagic)};
  if (bytes.size() < line.size() + sizeof(Header)) return {};
  Header header;
  std::memcpy(&header, bytes.data() + line.size(), sizeof header);
  const std::string_view stored = bytes.substr(line.size() + sizeof header);
  if (stored.size() != header.length || sum_of(stored) != header.sum) return {};
  std::optional<std::string> payload = unpacked(stored, header.unpacked);
  const bool foreign = !payload.has_value();  // its sum is right
  return {.payload = std::move(payload), .foreign = foreign};
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
  std::string foreign;
  for (const std::string& name : names_) {
    const JournalFile file = read_journal(name);
    if (file.foreign) foreign = name;
    if (!file.payload) continue;
    std::uint64_t turn = 0;
    JournalEntry entry;
    try {
      io::Snapshot snapshot(*file.payload);
      snapshot(turn, entry);
      snapshot.end();
    } catch (const io::SnapshotError&) {  // its sum is right: it is of another layout
      foreign = name;
      continue;
    }
    if (newest && turn < turn_) continue;
    newest = std::move(entry);
    turn_ = turn;
  }
  if (!newest && !foreign.empty()) refuse(foreign);
  return newest;
}

void Journal::write(JournalEntry& entry) {
  io::Snapshot snapshot;
  std::uint64_t turn = turn_ + 1;
  snapshot(turn, entry);
  const std::string payload = snapshot.take();
  const std::string stored = packed(payload);
  const Header header{stored.size(), sum_of(stored), payload.size()};
  const std::string& name = names_[(turn - 1) % 2];
  OpenFile file(name);
  file.write(magic());
  file.write({reinterpret_cast<const char*>(&header), sizeof header});
  file.write(stored);
  file.sync();
  if (!durable_[(turn - 1) % 2]) io::make_name_durable(name);
  durable_[(turn - 1) % 2] = true;
  turn_ = turn;
}

void Journal::remove() {
  std::error_code none;
  for (const std::string& name : names_) std::filesystem::remove(name, none);
  durable_[0] = durable_[1] = false;
}

}  // namespace heddle::app
