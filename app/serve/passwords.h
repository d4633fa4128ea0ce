#pragma once
// Passwords in addresses are for opening them. Whoever may ask about a stream or job reads the
// address without; only the record on disk keeps it whole.

#include "io/address.h"

#include <string>

namespace heddle::app::serve {

/// `text` with every mention of `address` made one without user and password.
inline std::string concealed(std::string text, const std::string& address) {
  const std::string shown = io::without_password(address);
  if (shown == address) return text;
  for (auto at = text.find(address); at != text.npos; at = text.find(address, at + shown.size())) {
    text.replace(at, address.size(), shown);
  }
  return text;
}

}  // namespace heddle::app::serve
