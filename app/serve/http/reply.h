#pragma once
// A Response handed to libmicrohttpd, or written to the socket past it.

#include "app/serve/http/message.h"

#include <microhttpd.h>

#include <memory>

namespace heddle::app::serve {

class Exchange;

/// `exchange` is kept until the response is sent: it reads an event stream.
MHD_Result queue(MHD_Connection* connection, Response response, std::shared_ptr<Exchange> exchange);

/// Writes the whole response to the socket and ends that direction, while the body still comes in:
/// libmicrohttpd itself would answer only behind it. The caller reads on for a moment and closes.
void send_at_once(MHD_Connection* connection, const Response& response);

/// As text, with `Connection: close`.
std::string raw_text(const Response& response);

}  // namespace heddle::app::serve
