#!/usr/bin/env bash
# serve_listeners.sh PORT STREAM N SECONDS: N connections that listen to a stream's events and read nothing; where STREAM is
# "loris", N that send a request byte by byte and never end it. By bash's own sockets: a process for each would measure those.
set -u
port=$1 stream=$2 count=$3 seconds=$4
ulimit -n 4096 2>/dev/null || ulimit -n "$(ulimit -Hn)"
descriptors=()
for _ in $(seq "$count"); do
  exec {fd}<>"/dev/tcp/127.0.0.1/$port" || break
  descriptors+=("$fd")
  if [ "$stream" = loris ]; then
    printf 'GET /v1/info HTTP/1.1\r\nHost: localhost\r\nX-Slow: ' >&"$fd"
  else
    printf 'GET /v1/streams/%s/events HTTP/1.1\r\nHost: localhost\r\n\r\n' "$stream" >&"$fd"
  fi
done
trap '' PIPE
end=$((SECONDS + seconds))
while [ $SECONDS -lt $end ]; do
  if [ "$stream" = loris ]; then
    for fd in "${descriptors[@]}"; do printf 'a' 2>/dev/null >&"$fd" || true; done
  fi
  sleep 1
done
