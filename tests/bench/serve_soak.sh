#!/usr/bin/env bash
# serve_soak.sh HEDDLE CLIP MINUTES [WARM_UP_MINUTES]: one live stream that lasts (a transport stream without end, uploaded) and
# eight that come and go, with listeners: each minute two of the eight are deleted in its middle and at its end all of them; and
# one whose HTTP server is killed in the middle of each minute and comes back, so that the stream connects anew. Then,
# with the one alone left, memory and descriptors are counted: after the warm-up (10) memory may grow by 1 MB an hour (the
# median of the slopes between all pairs of minutes, so that no single minute decides) and descriptors not at all.
# What the daemon has allocated stands beside: where that is flat and resident memory is not, it is the heap's.
# MINUTES 30 for a release, 480 for the long one. The last line is the verdict; exit code 0: passed, 1: not, 2: too short to tell.
set -eu
heddle=$1
clip=$(readlink -f "$2")
minutes=$3
warm=${4:-10}
. "$(dirname "$(readlink -f "$0")")/../peers/daemon.sh"
need curl ffmpeg
full=${FULL:-45000}  # frames whose events fill the 16 MiB that a stream keeps of them; first, as fast as they go
camera=http://127.0.0.1:$((20000 + RANDOM % 10000))/live.ts
start_daemon "$heddle" --allow "$(dirname "$clip")" --allow-url "$camera" --isolate on
lasting=$(post /v1/streams '{"kind":"video","input":"upload"}' | field id)
# What a stream holds depends on what moves in it: the lasting one sees the same 20 seconds again and again.
loop=200
ffmpeg -loglevel fatal -i "$clip" -an -frames:v $loop -c:v mpeg2video -q:v 5 "$scratch/loop.mkv"
transport() {  # PACE OUTPUT_OPTION...; PACE empty: as fast as it goes
  # shellcheck disable=SC2086
  ffmpeg -loglevel fatal $1 -stream_loop -1 -i "$scratch/loop.mkv" -an -c:v mpeg2video -q:v 5 "${@:2}" -f mpegts -
}
{ transport "" -frames:v "$full" && transport -re; } |
  curl -sN -o /dev/null -T - -X POST -H 'Content-Type: video/mp2t' "$url/v1/streams/$lasting/data" &
upload=$!
# A live stream over HTTP, to one client at a time, that begins anew whenever its process ends.
serve_camera() {
  trap 'kill $! 2>/dev/null; exit' TERM
  while :; do
    ffmpeg -loglevel fatal -re -stream_loop -1 -i "$scratch/loop.mkv" -an -c:v mpeg2video -q:v 5 -f mpegts -listen 1 "$camera" &
    echo $! >"$scratch/camera"
    wait $! || true
    sleep 0.2
  done
}
serve_camera &
server=$!
break_camera() { kill -KILL "$(cat "$scratch/camera")" 2>/dev/null || true; }
also_at_end() { kill $upload $server 2>/dev/null || true; }
coming() { ids | grep -vx "$lasting" || true; }
fill() {
  while [ "$(running)" -lt 10 ]; do
    post /v1/streams "{\"kind\":\"video\",\"input\":\"$clip\",\"policy\":\"drop_oldest\",\"options\":{\"realtime\":true}}" >/dev/null || sleep 1
  done
}
cut_off() { for id in $(coming | grep -vx "${live:-}" | head -"$1"); do delete "/v1/streams/$id"; done; }
# An ended stream is forgotten when it is deleted once more.
forget_all() {
  for _ in $(seq 60); do
    [ -z "$(coming)" ] && return
    cut_off 99
    sleep 0.5
  done
  fail "verdict: streams do not end"
}
# Until the lasting one is where it was when it was last counted: at one frame in 200, or the three behind it.
same_frame() {
  while [ $((($(status "$lasting" samples) - full) % loop)) -gt 3 ]; do sleep 0.1; done
}
while [ "$(status "$lasting" samples)" -lt "$full" ]; do
  kill -0 $upload 2>/dev/null || fail "verdict: the lasting stream ended early"
  sleep 5
done
case $(curl -s --max-time 2 -H "Last-Event-ID: 0" "$url/v1/streams/$lasting/events" | grep -m 1 "^id:") in
  'id: 1') fail "verdict: $full frames do not fill the ring of events, which would be counted as growth; give FULL=$((full * 3 / 2))" ;;
esac
echo "minute resident_kb descriptors frames_of_the_lasting heap_kb anonymous_kb"
for minute in $(seq "$minutes"); do
  kill -0 "$daemon" 2>/dev/null || fail "verdict: the daemon has gone in minute $minute"
  live=$(post /v1/streams "{\"kind\":\"video\",\"input\":\"$camera\"}" | field id)
  fill
  listeners=
  for id in $(ids | tail -3); do
    curl -sN "$url/v1/streams/$id/events" -o /dev/null & listeners="$listeners $!"
  done
  sleep 20; cut_off 2; break_camera; fill; sleep 20
  reconnects=$(status "$live" reconnects)
  [ "$(status "$live" state)" = running ] && [ "${reconnects:-0}" -ge 1 ] ||
    fail "verdict: the stream over HTTP is $(status "$live" state) after $reconnects reconnects in minute $minute"
  live=
  # shellcheck disable=SC2086
  kill $listeners 2>/dev/null || true
  forget_all
  # What is kept is counted, not what is under way: the lasting one waits for eight seconds, in which connections end and free
  # memory goes back, and the least counts.
  same_frame
  kill -STOP $upload
  sleep 2
  least= least_heap=
  for _ in 1 2 3 4 5 6; do
    sleep 1
    read -r now now_anonymous <<<"$(awk '/VmRSS/ { all = $2 } /RssAnon/ { anonymous = $2 } END { print all, anonymous }' "/proc/$daemon/status")"
    [ "${least:-$now}" -lt "$now" ] || least=$now anonymous=$now_anonymous
    heap=$(metric heddle_heap_bytes | awk '{ printf "%d", $1 / 1024 }')
    [ "${least_heap:-$heap}" -lt "$heap" ] || least_heap=$heap
  done
  kill -CONT $upload
  sleep 7
  frames=$(status "$lasting" samples)
  [ "$frames" != "${before:-}" ] || fail "verdict: the lasting stream stands still at $frames frames in minute $minute"
  before=$frames
  echo "$minute $least $(descriptors) $frames $least_heap $anonymous" | tee -a "$scratch/minutes"
done
awk -v warm="$warm" '
  $1 > warm { minute[++n] = $1; kb[n] = $2; if (!lo || $3 < lo) lo = $3; if ($3 > hi) hi = $3 }
  END {
    if (n < 5) { print "verdict: too short, " n + 0 " minutes after the warm-up tell no slope"; exit 2 }
    for (i = 1; i <= n; ++i) for (j = i + 1; j <= n; ++j) slopes[++count] = (kb[j] - kb[i]) / (minute[j] - minute[i])
    for (i = 2; i <= count; ++i) {
      for (j = i; j > 1 && slopes[j] < slopes[j - 1]; --j) { t = slopes[j]; slopes[j] = slopes[j - 1]; slopes[j - 1] = t }
    }
    middle = count % 2 ? slopes[(count + 1) / 2] : (slopes[count / 2] + slopes[count / 2 + 1]) / 2
    slope = 60 * middle / 1024
    printf "resident memory %+.2f MB an hour over %d minutes; descriptors %d to %d\n", slope, n, lo, hi
    grows = slope >= 1; leaks = hi - lo > 2
    print "verdict: " (grows || leaks ? "FAILED" : "passed") (grows ? ", memory grows" : "") (leaks ? ", descriptors change" : "")
    exit grows || leaks
  }' "$scratch/minutes"
