#pragma once
// Addresses that lie where only this machine or its network can go. Threads: any.

struct sockaddr;

namespace heddle::io {

/// Of IPv4 and IPv6 (also where it carries an IPv4 address): not globally reachable, multicast or
/// reserved. Source: IANA's special-purpose address registries. False for other families.
bool is_private(const sockaddr* address);

}  // namespace heddle::io
