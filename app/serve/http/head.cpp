#include "app/serve/http/head.h"

#include "app/serve/http/text.h"
#include "io/trimmed.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace heddle::app::serve {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// They say whose request this is, to whom, or where it ends.
constexpr std::string_view kOnce[] = {"host",
                                      "content-length",
                                      "transfer-encoding",
                                      "content-type",
                                      "authorization",
                                      "origin",
                                      "last-event-id"};

Pairs values_of(MHD_Connection* connection, MHD_ValueKind kind) {
  Pairs found;
  MHD_get_connection_values_n(
      connection,
      kind,
      [](void* to,
         MHD_ValueKind /*kind*/,
         const char* key,
         std::size_t key_size,
         const char* value,
         std::size_t value_size) {
        static_cast<Pairs*>(to)->emplace_back(
            std::string(key, key_size),
            std::string(value == nullptr ? "" : value, value == nullptr ? 0 : value_size));
        return MHD_YES;
      },
      &found);
  return found;
}

bool is_header_value(std::string_view text) {
  return std::ranges::none_of(text,
                              [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

void refuse(Head& head, ErrorCode code, std::string message) {
  if (!head.fault) head.fault = HeadFault{code, std::move(message)};
}

void take_length(std::string_view text, Head& head) {
  const bool digits = !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isdigit(c) != 0;
  });
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), head.body_length);
  if (!digits || error != std::errc{} || end != text.data() + text.size()) {
    return refuse(head, "bad_length", "Content-Length is no number of bytes");
  }
  head.body_follows = head.body_length > 0;
}

void take_query(const Pairs& arguments, Head& head) {
  for (const auto& [key, value] : arguments) {
    auto name = percent_decoded(key);
    auto text = percent_decoded(value);
    if (!name || !text) {
      return refuse(head, "bad_query", "the query holds a broken escape or a control character");
    }
    if (!head.request.query.emplace(*std::move(name), *std::move(text)).second) {
      return refuse(head, "bad_query", "'" + key + "' stands twice in the query");
    }
  }
}

}  // namespace

void take_headers(const Pairs& headers, Head& head) {
  for (const auto& [key, value] : headers) {
    std::string name = key;
    std::ranges::transform(
        name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!is_header_value(value)) {
      return refuse(head, "bad_header", "a header holds a control character");
    }
    const std::string whole(io::trimmed(value));  // RFC 9110, section 5.5
    const bool once = std::ranges::find(kOnce, name) != std::end(kOnce);
    if (!head.request.headers.emplace(name, whole).second && once) {
      return refuse(head, "bad_header", "the header " + name + " stands twice");
    }
  }
  const auto& found = head.request.headers;
  if (const auto length = found.find("content-length"); length != found.end()) {
    take_length(length->second, head);
  }
  if (const auto coding = found.find("transfer-encoding"); coding != found.end()) {
    head.body_follows = true;
    if (found.contains("content-length")) {
      refuse(head, "bad_length", "Content-Length and Transfer-Encoding do not go together");
    } else if (media_type(coding->second) != "chunked") {
      refuse(head, "bad_coding", "the only Transfer-Encoding here is chunked");
    }
  }
  if (found.contains("content-encoding")) {
    refuse(head, "bad_coding", "bodies are taken as they are, without Content-Encoding");
  }
}

Head read_head(MHD_Connection* connection, const char* url, const char* method, bool local) {
  Head head;
  head.request.method = method;
  head.request.local = local;
  take_headers(values_of(connection, MHD_HEADER_KIND), head);
  take_query(values_of(connection, MHD_GET_ARGUMENT_KIND), head);
  if (auto path = percent_decoded(url)) {
    head.request.path = *std::move(path);
  } else {
    refuse(head, "bad_path", "the path holds a broken escape or a control character");
  }
  return head;
}

}  // namespace heddle::app::serve
