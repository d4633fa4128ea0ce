#!/usr/bin/env bash
# usage: rtsp_test.sh HEDDLE DATA RTSP_SERVER
# A clip by RTSP; the server is killed in the middle and comes back: the stream waits, goes on, and tells of the gap. It hangs, and goes on.
set -eu
. "$(dirname "$(readlink -f "$0")")/daemon.sh"
[ "$3" != none ] || skip "libgstrtspserver-1.0-dev"
need curl
start_daemon "$1" --allow-url rtsp://127.0.0.1

serve_clip() {
  "$1" "$2" "$3" >"$scratch/address" & server=$!
  disown $server
  for _ in $(seq 100); do [ -s "$scratch/address" ] && break; sleep 0.1; done
  address=$(cat "$scratch/address")
}
also_at_end() { kill -9 "${server:-}" 2>/dev/null || true; }

serve_clip "$3" "$2/house/match.mp4" 0
rtsp_port=$(echo "$address" | sed 's/.*:\([0-9]*\)\/.*/\1/')
# Every frame is waited for: a machine that drops most of a clip of seconds never sees an object often enough to tell of it.
id=$(post /v1/streams "{\"kind\":\"video\",\"input\":\"$address\",\"policy\":\"block\"}" | field id)
wait_for "boxes by RTSP" '[ "$(status "$id" records)" -gt 0 ]'

kill -9 "$server"
wait_for "it notices that the server is gone" '[ "$(status "$id" state)" = retrying ]'
: >"$scratch/address"
serve_clip "$3" "$2/house/match.mp4" "$rtsp_port"
# Frames of the first connection may still be on their way; behind the gap there are only those of the second.
wait_for "a gap" '[ "$(status "$id" gaps)" -ge 1 ]'
seen=$(status "$id" records)
wait_for "boxes again" '[ "$(status "$id" records)" -gt "$seen" ]'
[ "$(status "$id" reconnects)" -ge 1 ] || fail "no reconnect was counted"

# A server that lives and answers nothing, as a camera that hangs. (In the middle of a clip this one has sent it all before it is shown: `stalled` is for intake_test.cpp.)
kill -STOP "$server"
wait_for "it notices the silence" 'get "/v1/streams/$id" | grep -q "\"code\":\"\(stalled\|connection_timeout\|connection_failed\)\""'
seen=$(status "$id" records)
kill -CONT "$server"
wait_for "boxes behind the silence" '[ "$(status "$id" records)" -gt "$seen" ]'
wait_for "its error is over" 'get "/v1/streams/$id" | grep -q "\"error\":null"'

get_events "$id" >"$scratch/events"
grep -q '"reason":"reconnect"' "$scratch/events" || fail "no gap event tells of the reconnect"
delete "/v1/streams/$id"
wait_for "it stops" '[ "$(status "$id" state)" = stopped ]'
get_events "$id" | grep -q '^event: end' || fail "the events have no end"
