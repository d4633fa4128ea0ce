#pragma once
// Every NAME.partial that this process has open (AtomicFile), for an end at once, in which no
// destructor runs. Threads: all calls from any.

#include <string>

namespace heddle::io {

/// Until forget_partial(). `descriptor` is open on `path`.
void note_partial(int descriptor, const std::string& path);
void forget_partial(int descriptor);

/// Unless it holds something, or the name leads elsewhere by now.
void remove_if_empty(const std::string& path, int descriptor);
/// Of all that are noted. Nothing may be written to them afterwards.
void remove_empty_partials();

bool name_leads_to(const std::string& path, int descriptor);

}  // namespace heddle::io
