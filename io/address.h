#pragma once
// Network addresses among the names of inputs.

#include <string>
#include <string_view>

namespace heddle::io {

/// "rtsp" of "rtsp://host/live", in lower case; empty where there is no scheme (RFC 3986) in front.
std::string scheme_of(std::string_view uri);

/// For messages: without user and password, up to the last @ of all: passwords are often given with
/// an unescaped / or @ inside. What is no network address stays as it is.
std::string without_password(std::string address);

}  // namespace heddle::io
