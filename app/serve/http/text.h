#pragma once
// Small pieces of HTTP text, each strict: what is not as the standard says is refused.

#include <optional>
#include <string>
#include <string_view>

namespace heddle::app::serve {

/// Of ASCII letters.
std::string lower(std::string_view text);

/// Percent escapes resolved, once (RFC 3986, section 2.1). Nothing where an escape is broken or the
/// result holds a control character or is no UTF-8.
std::optional<std::string> percent_decoded(std::string_view text);

/// UTF-8 without overlong forms, surrogates and values beyond U+10FFFF (RFC 3629).
bool is_utf8(std::string_view text);

/// "application/json; charset=utf-8" -> "application/json", in lower case.
std::string media_type(std::string_view content_type);

/// Whether an If-None-Match names this entity tag: "a", W/"a", lists, * (RFC 9110, section 13.1.2,
/// weak comparison).
bool names_tag(std::string_view if_none_match, std::string_view tag);

/// Takes the same time wherever they differ.
bool equal_in_constant_time(std::string_view given, std::string_view secret);

/// "[::1]:8080", "localhost" -> "::1", "localhost": the host of a Host header or of an origin
/// ("http://localhost:80" -> "localhost"), in lower case.
std::string host_of(std::string_view authority);

/// localhost, 127.0.0.0/8, ::1.
bool is_loopback_name(std::string_view host);

}  // namespace heddle::app::serve
