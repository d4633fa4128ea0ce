#include "attention/memory/snapshot.h"

#include "attention/memory/crc32.h"

#include <array>
#include <bit>
#include <cstring>
#include <istream>
#include <ostream>
#include <stdexcept>

namespace heddle::attention {
namespace {

static_assert(std::endian::native == std::endian::little, "snapshots are little-endian");

constexpr std::array<char, 8> kMagic{'H', 'E', 'D', 'D', 'L', 'M', 'E', 'M'};
constexpr std::int64_t kVersion = 2;

struct Field {
  const char* name;
  std::int64_t value;
};

std::array<Field, 20> fields_of(const MemorySpec& spec) {
  return {{{"version", kVersion},
           {"kv_heads", spec.kv_heads},
           {"key_dim", spec.key_dim},
           {"value_dim", spec.value_dim},
           {"storage", static_cast<std::int64_t>(spec.storage)},
           {"block", spec.block},
           {"sink_blocks", spec.sink_blocks},
           {"ring_blocks", spec.ring_blocks},
           {"long_blocks", spec.long_blocks},
           {"top_k", spec.top_k},
           {"admission and every_nth",
            static_cast<std::int64_t>(spec.admission) << 32 | spec.every_nth},
           {"rotary_theta", std::bit_cast<std::int64_t>(spec.rotary_theta)},
           {"summary", static_cast<std::int64_t>(spec.summary)},
           {"compressed.blocks", spec.compressed.blocks},
           {"compressed.ratio", spec.compressed.blocks > 0 ? spec.compressed.ratio : 0},
           {"compressed.kind", static_cast<std::int64_t>(spec.compressed.kind)},
           {"external.blocks", spec.external.blocks},
           {"memory_tokens", spec.memory_tokens},
           {"associative", spec.associative ? 1 : 0},
           {"external.storage", static_cast<std::int64_t>(spec.external.storage)}}};
}

class Writer {
 public:
  explicit Writer(std::ostream& to) : to_(to) {}

  void bytes(const void* data, std::size_t size) {
    crc_.add(data, size);
    to_.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
  }
  template <class T>
  void value(const T& x) {
    bytes(&x, sizeof x);
  }
  void finish() {
    const std::uint32_t crc = crc_.value();
    to_.write(reinterpret_cast<const char*>(&crc), sizeof crc);
    if (!to_) throw std::runtime_error("memory snapshot: the stream refused the bytes; disk full?");
  }

 private:
  std::ostream& to_;
  Crc32 crc_;
};

class Reader {
 public:
  explicit Reader(std::istream& from) : from_(from) {}

  void bytes(void* data, std::size_t size) {
    from_.read(static_cast<char*>(data), static_cast<std::streamsize>(size));
    const auto got = static_cast<std::size_t>(from_.gcount());
    read_ += got;
    if (got != size) {
      throw std::runtime_error("memory snapshot: ends after " + std::to_string(read_) + " bytes, " +
                               std::to_string(size - got) +
                               " more are missing here; it was cut off, use an older one");
    }
    crc_.add(data, size);
  }
  template <class T>
  T value() {
    T x{};
    bytes(&x, sizeof x);
    return x;
  }
  void finish() {
    const std::uint32_t expected = crc_.value();
    const auto stored = value<std::uint32_t>();
    if (stored != expected) {
      throw std::runtime_error("memory snapshot: checksum " + std::to_string(stored) +
                               ", but the bytes give " + std::to_string(expected) +
                               "; it is damaged, use an older one");
    }
  }

 private:
  std::istream& from_;
  std::size_t read_ = 0;
  Crc32 crc_;
};

std::size_t bytes_of(const TensorView& view) {
  return static_cast<std::size_t>(view.size()) * size_of(view.dtype);
}

}  // namespace

void write_snapshot(const MemoryTiers& tiers, std::ostream& to) {
  Writer writer(to);
  writer.value(kMagic);
  for (const Field& field : fields_of(tiers.spec())) writer.value(field.value);
  writer.value(tiers.length());
  writer.value(std::int64_t{tiers.has_tokens() ? 1 : 0});
  for (const TensorView& tensor : tiers.tensors()) writer.bytes(tensor.data, bytes_of(tensor));
  writer.finish();
}

void read_snapshot(std::istream& from, MemoryTiers& tiers) {
  Reader reader(from);
  if (reader.value<std::array<char, 8>>() != kMagic) {
    throw std::runtime_error("memory snapshot: these bytes are not a saved memory");
  }
  for (const Field& field : fields_of(tiers.spec())) {
    const auto stored = reader.value<std::int64_t>();
    if (stored != field.value) {
      throw std::runtime_error(std::string("memory snapshot: its ") + field.name + " is " +
                               std::to_string(stored) + ", this memory's is " +
                               std::to_string(field.value) +
                               "; restore with the model that saved it");
    }
  }
  const auto length = reader.value<std::int64_t>();
  const auto has_tokens = reader.value<std::int64_t>();
  for (const TensorView& tensor : tiers.tensors()) reader.bytes(tensor.data, bytes_of(tensor));
  reader.finish();
  if (length < 0 || length >= kMaxPosition) {
    throw std::runtime_error("memory snapshot: a length of " + std::to_string(length) +
                             " positions is impossible");
  }
  tiers.set_has_tokens(has_tokens != 0);
  tiers.set_length(length);
}

}  // namespace heddle::attention
