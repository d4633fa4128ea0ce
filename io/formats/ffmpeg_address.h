#pragma once
// Video from the network and from cameras, by FFmpeg's own protocols.
//
// - http://, https://: a file or stream in one of the containers that files may have; playlists
// (HLS) are
//   refused, since they would open further addresses.
// - rtsp://: over TCP. Live: info().live.
// - device:N: the camera /dev/videoN (Video4Linux). Live.
//
// No byte or picture for kSilenceSeconds is an InputError, while opening and later; so is a stop,
// at once. Names in messages have no user and password. FFmpeg may use only the protocols that the
// scheme needs: an answer can not lead it to a local file.
//
// Example: open_source("rtsp://camera.local/live")->next()

#include "io/source.h"

#include <memory>
#include <string>

namespace heddle::io {

constexpr int kSilenceSeconds = 10;

/// "device:0", or an address with a scheme.
bool names_address(const std::string& uri);

/// Rtsp and cameras.
bool is_live(const std::string& uri);

/// Why cameras cannot be read here; empty: they can. Opens FFmpeg's device library, once: it is not
/// linked, for it brings 70 others, which would double every command's start-up.
std::string cameras_absent();

/// Throws InputError: an unknown scheme, nobody there, no camera, no video.
std::unique_ptr<Source> open_address(const std::string& uri, const SourceOptions& options);

}  // namespace heddle::io
