#pragma once
// What a later run needs to go on, as bytes. One description of a type serves both directions: a
// member `void snapshot(io::Snapshot& s) { s(first_, second_); }` takes the values up, or, of a
// Snapshot made from bytes, puts them back.
//
// The bytes are for the same build on the same kind of machine: values stand as they lie in memory.
// Who stores them adds a check sum; bytes that do not fit are a SnapshotError all the same, never
// an overrun. Single-threaded.

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace heddle::io {

class SnapshotError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Snapshot {
 public:
  Snapshot() = default;                                                        // takes values up
  explicit Snapshot(std::string_view bytes) : loading_(true), rest_(bytes) {}  // borrows

  bool loading() const { return loading_; }
  std::string take() { return std::move(bytes_); }
  /// Once all was put back. Throws SnapshotError where bytes are left over.
  void end() const {
    if (!rest_.empty()) throw SnapshotError("a snapshot is longer than what it is of");
  }

  template <class... T>
  void operator()(T&... values) {
    (one(values), ...);
  }

 private:
  template <class T>
  void one(T& value) {
    static_assert(!std::is_pointer_v<T>, "a snapshot holds values");
    if constexpr (requires { value.snapshot(*this); }) {
      value.snapshot(*this);
    } else {
      static_assert(std::is_trivially_copyable_v<T>, "give it a member snapshot()");
      raw(&value, sizeof value);
    }
  }

  void one(bool& value) {
    std::uint8_t byte = value ? 1 : 0;
    raw(&byte, 1);
    value = byte != 0;
  }
  void one(std::string& text) {
    text.resize(count(text.size(), 1));
    raw(text.data(), text.size());
  }
  void one(std::vector<bool>& flags) {
    flags.resize(count(flags.size(), 1));
    for (std::size_t i = 0; i < flags.size(); ++i) {
      auto flag = static_cast<std::uint8_t>(flags[i]);
      one(flag);
      flags[i] = flag != 0;
    }
  }
  template <class T>
  void one(std::vector<T>& values) {
    constexpr bool kPlain = std::is_trivially_copyable_v<T> && !requires(T & t, Snapshot & s) {
      t.snapshot(s);
    };
    values.resize(count(values.size(), kPlain ? sizeof(T) : 1));
    if constexpr (kPlain) {
      raw(values.data(), values.size() * sizeof(T));
    } else {
      for (T& value : values) one(value);
    }
  }
  template <class T>
  void one(std::deque<T>& values) {
    values.resize(count(values.size(), 1));
    for (T& value : values) one(value);
  }
  template <class K, class V, class... Rest>
  void one(std::map<K, V, Rest...>& values) {
    if (loading_) values.clear();
    const std::size_t n = count(values.size(), 1);
    if (!loading_) {
      for (auto& [key, value] : values) {
        K copy = key;
        (*this)(copy, value);
      }
      return;
    }
    for (std::size_t i = 0; i < n; ++i) {
      K key{};
      one(key);
      one(values[std::move(key)]);
    }
  }
  template <class K, class V, class... Rest>
  void one(std::multimap<K, V, Rest...>& values) {
    if (loading_) values.clear();
    const std::size_t n = count(values.size(), 1);
    auto at = values.begin();
    for (std::size_t i = 0; i < n; ++i) {
      K key = loading_ ? K{} : at->first;
      one(key);
      // In order, so that equal keys keep theirs.
      if (loading_) at = values.emplace_hint(values.end(), std::move(key), V{});
      one(at->second);
      ++at;
    }
  }
  template <class K, class... Rest>
  void one(std::set<K, Rest...>& keys) {
    keys_of<K>(keys);
  }
  template <class K, class... Rest>
  void one(std::unordered_set<K, Rest...>& keys) {
    keys_of<K>(keys);
  }
  template <class T>
  void one(std::optional<T>& value) {
    bool there = value.has_value();
    one(there);
    if (loading_) there ? static_cast<void>(value.emplace()) : value.reset();
    if (there) one(*value);
  }
  template <class A, class B>
  void one(std::pair<A, B>& both) {
    (*this)(both.first, both.second);
  }

  template <class K, class Set>
  void keys_of(Set& keys) {
    if (loading_) keys.clear();
    const std::size_t n = count(keys.size(), 1);
    if (!loading_) {
      for (const K& key : keys) {
        K copy = key;
        one(copy);
      }
      return;
    }
    for (std::size_t i = 0; i < n; ++i) {
      K key{};
      one(key);
      keys.insert(std::move(key));
    }
  }

  /// The number of elements, of at least `bytes` each: no more than the bytes left can hold.
  std::size_t count(std::size_t mine, std::size_t bytes) {
    auto n = static_cast<std::uint64_t>(mine);
    raw(&n, sizeof n);
    if (loading_ && n > rest_.size() / bytes) throw SnapshotError("a snapshot is cut short");
    return static_cast<std::size_t>(n);
  }

  void raw(void* value, std::size_t bytes) {
    if (bytes == 0) return;
    if (!loading_) {
      bytes_.append(static_cast<const char*>(value), bytes);
      return;
    }
    if (bytes > rest_.size()) throw SnapshotError("a snapshot is cut short");
    std::memcpy(value, rest_.data(), bytes);
    rest_.remove_prefix(bytes);
  }

  bool loading_ = false;
  std::string bytes_;
  std::string_view rest_;
};

}  // namespace heddle::io
