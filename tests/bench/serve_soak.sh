#!/usr/bin/env bash
# serve_soak.sh HEDDLE CLIP MINUTES [WARM_UP_MINUTES]: eight live streams, every minute two of them cut and begun anew and the
# listeners gone and back. Prints memory and descriptors each minute; after the warm-up (10) memory may grow by 1 MB an hour
# and descriptors not at all. MINUTES 30 for a release, 480 for the long one. The last line is the verdict; exit code 0: it
# passed, 1: it did not, 2: too short to tell.
set -eu
heddle=$1
clip=$(readlink -f "$2")
minutes=$3
warm=${4:-10}
. "$(dirname "$(readlink -f "$0")")/../peers/daemon.sh"
start_daemon "$heddle" --allow "$(dirname "$clip")"
fill() {
  while [ "$(running)" -lt 8 ]; do
    post /v1/streams "{\"kind\":\"video\",\"input\":\"$clip\",\"policy\":\"drop_oldest\",\"options\":{\"realtime\":true}}" >/dev/null || sleep 1
  done
}
# Ended streams are forgotten; their memory must come back.
sweep() {
  for id in $(ids); do
    case $(get "/v1/streams/$id" | field state) in done|failed|stopped) delete "/v1/streams/$id" ;; esac
  done
}
echo "minute resident_kb descriptors streams"
for minute in $(seq "$minutes"); do
  end=$((SECONDS + 60))
  kill -0 "$daemon" 2>/dev/null || fail "verdict: the daemon has gone in minute $minute"
  listeners=
  fill
  for id in $(ids | tail -3); do
    curl -sN "$url/v1/streams/$id/events" -o /dev/null & listeners="$listeners $!"
  done
  while [ $SECONDS -lt $end ]; do sweep; fill; sleep 1; done
  for id in $(ids | head -2); do delete "/v1/streams/$id"; done
  # shellcheck disable=SC2086
  kill $listeners 2>/dev/null || true
  sleep 2; sweep; fill; sleep 2
  echo "$minute $(awk '/VmRSS/ { print $2 }' "/proc/$daemon/status") $(descriptors) $(running)" | tee -a "$scratch/minutes"
done
awk -v warm="$warm" '
  $1 > warm { ++n; x += $1; y += $2; xx += $1 * $1; xy += $1 * $2; if (!lo || $3 < lo) lo = $3; if ($3 > hi) hi = $3 }
  END {
    if (n < 3) { print "verdict: too short, " n " minutes after the warm-up tell no slope"; exit 2 }
    slope = 60 * (n * xy - x * y) / (n * xx - x * x) / 1024
    printf "resident memory %+.2f MB an hour over %d minutes; descriptors %d to %d\n", slope, n, lo, hi
    grows = slope >= 1; leaks = hi - lo > 4
    print "verdict: " (grows || leaks ? "FAILED" : "passed") (grows ? ", memory grows" : "") (leaks ? ", descriptors change" : "")
    exit grows || leaks
  }' "$scratch/minutes"
