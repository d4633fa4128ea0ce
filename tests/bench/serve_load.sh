#!/usr/bin/env bash
# Load on a daemon of its own: what it carries, and what it does beyond that. Needs curl; wrk for the request rates and
# promtool for the metrics (left out aloud where they are missing).
#
#   serve_load.sh HEDDLE CLIP [SECONDS [STEP...]]      SECONDS a step, 20 by default
#
# Steps, all of them by default: capacity many listeners loris body requests.
# Prints one line a step. Every step checks its own result and the script ends with code 1 where one is wrong.
set -eu
heddle=$1
clip=$(readlink -f "$2")
seconds=${3:-20}
shift 2; [ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- capacity many listeners loris body requests
here=$(dirname "$(readlink -f "$0")")
. "$here/../peers/daemon.sh"
start_daemon "$heddle" --allow "$(dirname "$clip")" --streams 64 --connections 2048 --connections-an-address 1500

wrong=0
check() { if ! eval "$2"; then echo "WRONG: $1 ($2)"; wrong=1; fi; }

# All streams in one line: their number, sum of rates, worst p50 and p99 in ms, dropped, MiB of state.
figures() {
  get /v1/streams | tr '{},' '\n' | awk -F: '
    { gsub(/[" ]/, "", $1) }
    $1 == "rate" { rate += $2; ++streams }
    $1 == "dropped" { dropped += $2 }
    $1 == "memory_bytes" { memory += $2 }
    $1 == "p50" && $2 > p50 { p50 = $2 }
    $1 == "p99" && $2 > p99 { p99 = $2 }
    END { printf "%d %.1f %.0f %.0f %d %.0f\n", streams, rate, p50, p99, dropped, memory / 1048576 }'
}

forget_all() {
  for id in $(ids); do delete "/v1/streams/$id"; done
  local until=$((SECONDS + 60))
  while [ $SECONDS -lt $until ]; do
    for id in $(ids); do delete "/v1/streams/$id"; done
    [ -z "$(ids)" ] && return
    sleep 0.3
  done
  echo "WRONG: streams do not end"; wrong=1
}

# N clips at the speed of their time stamps, dropping what comes too fast; a clip must outlast the step. LIGHT: none is dropped.
live_streams() {
  local n=$1 light=${2:-} until now="0 0 0 0 0 0"
  until=$((SECONDS + 60))
  while [ $SECONDS -lt $until ] && [ "$(running)" -lt "$n" ]; do
    post /v1/streams "{\"kind\":\"video\",\"input\":\"$clip\",\"policy\":\"drop_oldest\",\"options\":{\"realtime\":true}}" >/dev/null || break
  done
  check "$n streams run" '[ "$(running)" -ge '"$n"' ]'
  events=$(metric heddle_events_total)
  sleep "$seconds"
  events=$(awk "BEGIN { printf \"%.0f\", ($(metric heddle_events_total) - $events) / $seconds }")
  now=$(figures)
  check "$n streams still run: the clip outlasts the step" '[ "$(running)" -ge '"$n"' ]'
  # shellcheck disable=SC2086
  set -- $now
  echo "$1 live clips: $2 frames/s in all, p50 $3 ms, p99 $4 ms, $events events/s, $5 dropped, $6 MiB of streams, resident $(resident) MiB"
  check "frames and events come" "awk 'BEGIN { exit !($2 > 0 && $events > 0) }'"
  [ -z "$light" ] || check "at half of what it can, none is dropped" "[ $5 = 0 ]"
  check "it answers under load" '[ "$(code /healthz)" = 200 ]'
  forget_all
}

capacity_step() {
  echo "== capacity: the clip as fast as it goes, alone"
  id=$(post /v1/streams "{\"kind\":\"video\",\"input\":\"$clip\"}" | field id)
  wait_ended "$id"
  frames=$(get "/v1/streams/$id" | field samples); took=$(get "/v1/streams/$id" | field seconds)
  capacity=$(awk "BEGIN { printf \"%.1f\", $frames / $took }")
  clip_rate=$(get_events "$id" | sed -n 's/.*"rate":\([0-9.]*\).*/\1/p' | head -1)
  one=$(awk "BEGIN { n = $capacity / ${clip_rate:-25}; print (n < 1 ? 1 : int(n)) }")
  echo "capacity $capacity frames/s ($frames frames in $took s); the clip has ${clip_rate:-25} a second: 1x is $one live clips"
  forget_all
  for factor in 0.5 1 10; do
    n=$(awk "BEGIN { n = int($factor * $capacity / ${clip_rate:-25} + 0.5); print (n < 1 ? 1 : n > 64 ? 64 : n) }")
    # 64 streams are the limit: for ten times the capacity a clip needs enough frames a second.
    echo "== $(awk "BEGIN { printf \"%.1f\", $n * ${clip_rate:-25} / $capacity }") x of capacity (asked for: $factor x)"; live_streams "$n" "$([ "$factor" != 0.5 ] || echo light)"
  done
}

many_step() {
  echo "== 64 streams, and a 65th"
  (live_streams 64; exit $wrong) &
  load=$!
  for _ in $(seq 60); do
    [ "$(running)" -lt 64 ] || break
    sleep 1
  done
  check "64 run" '[ "$(running)" -ge 64 ]'
  check "a 65th is refused with 429" '[ "$(code_post /v1/streams "{\"kind\":\"video\",\"input\":\"$clip\"}")" = 429 ]'
  wait $load || wrong=1
}

listeners_step() {
  echo "== 1,000 listeners that do nothing"
  id=$(post /v1/streams '{"kind":"genome","input":"upload"}' | field id)
  before=$(resident)
  "$here/serve_listeners.sh" "$port" "$id" 1000 "$seconds" &
  listeners=$!
  sleep $((seconds / 2))
  listening=$(metric heddle_http_event_streams)
  now=$(resident)
  echo "$listening listen; resident $before -> $now MiB; /v1/info takes $(took /v1/info) s"
  check "they cost 16 MiB at most" '[ $((now - before)) -le 16 ]'
  check "1,000 are listened to" '[ "${listening%.*}" -ge 1000 ]'
  check "it answers" '[ "$(code /healthz)" = 200 ]'
  wait $listeners || true
}

loris_step() {
  echo "== 200 that send a byte a second (slow loris)"
  late=$(metric heddle_http_late_total)
  "$here/serve_listeners.sh" "$port" loris 200 20 &
  loris=$!
  sleep 5; echo "meanwhile /v1/info takes $(took /v1/info) s"
  check "it answers" '[ "$(code /healthz)" = 200 ]'
  sleep 10; echo "closed as too slow: $(metric heddle_http_late_total) - $late"
  check "190 of the 200 at least were closed" '[ "$(metric heddle_http_late_total | cut -d. -f1)" -ge $((${late%.*} + 190)) ]'
  kill $loris 2>/dev/null || true; wait $loris 2>/dev/null || true
}

body_step() {
  echo "== a chunked body of 300 MB where 1 MiB is the limit"
  before=$(resident)
  answer=$(head -c 300000000 /dev/zero | curl -s -o /dev/null -w '%{http_code} after %{size_upload} bytes' --max-time 60 \
    -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' -T - -X POST "$url/v1/streams" || true)
  echo "$answer; resident $before -> $(resident) MiB"
  check "413" '[ "${answer%% *}" = 413 ]'
  check "memory does not grow with it" '[ $(( $(resident) - before )) -lt 16 ]'
}

requests_step() {
  echo "== requests"
  if command -v wrk >/dev/null; then
    for path in /healthz /v1/streams /metrics; do
      wrk -t 1 -c 32 -d 5 --latency "$url$path" >"$scratch/wrk"
      check "wrk has answers from $path, all of them 2xx" '! grep -E "Non-2xx|Socket errors" "$scratch/wrk" && grep -q "Requests/sec" "$scratch/wrk"'
      awk -v path="$path" '/50%|99%/ { p[$1] = $2 } /Requests\/sec/ { r = $2 }
        END { printf "%s: %s a second, p50 %s, p99 %s\n", path, r, p["50%"], p["99%"] }' "$scratch/wrk"
    done
  else
    echo "left out: wrk is missing"
  fi
  if command -v promtool >/dev/null; then
    get /metrics | promtool check metrics && echo "promtool finds nothing wrong with /metrics" || wrong=1
  else
    echo "left out: promtool is missing (Debian's prometheus)"
  fi
}

for step in "$@"; do "${step}_step"; done
exit $wrong
