#pragma once
// Where connections may go, checked at the moment they are made: whatever a name resolved to a
// moment before, and wherever a server sends its clients. FFmpeg resolves, connects and follows
// redirections by itself and asks nobody, so that the check stands in the process's connect(2),
// which network_rule.cpp defines in front of the C library's; threads without a rule connect as
// they like. Threads: a rule is its thread's.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace heddle::io {

struct TrustedHost {
  std::string host;        // a name or a number, IPv6 without brackets
  std::uint16_t port = 0;  // 0: every one

  bool operator==(const TrustedHost&) const = default;
};

/// To public addresses, and to those of these hosts wherever they lie.
struct NetworkRule {
  std::vector<TrustedHost> trusted;

  /// "camera.lan:554,10.0.0.7,[::1]:80": for the environment of a process (kNetworkVariable).
  std::string text() const;
  /// Throws std::invalid_argument where it is no text of one.
  static NetworkRule of_text(const std::string& text);
};

inline constexpr const char* kNetworkVariable = "HEDDLE_NETWORK";

/// The calling thread's rule, for as long as it lives; null: the process's.
class NetworkScope {
 public:
  explicit NetworkScope(std::shared_ptr<const NetworkRule> rule);
  ~NetworkScope();
  NetworkScope(const NetworkScope&) = delete;
  NetworkScope& operator=(const NetworkScope&) = delete;

  /// The calling thread's; null: it has none.
  static std::shared_ptr<const NetworkRule> current();

 private:
  std::shared_ptr<const NetworkRule> before_;
};

/// Of every thread that has no rule of its own. Before threads are started.
void limit_network(NetworkRule rule);

/// What was refused in this thread since it was last asked, as part of a sentence; empty: nothing.
std::string take_network_refusal();

}  // namespace heddle::io
