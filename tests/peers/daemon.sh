# For scripts of tests and benches: a daemon on a free port, asked with curl. Sets $url, $port, $daemon; it ends with the script.

start_daemon() {
  local heddle=$1; shift
  scratch=$(mktemp -d)
  : >"$scratch/said"  # looked at before the daemon may have begun
  "$heddle" serve --listen 127.0.0.1:0 --socket "$scratch/socket" --allow "$scratch" "$@" 2>"$scratch/said" &
  daemon=$!
  trap 'also_at_end; kill $daemon 2>/dev/null; wait $daemon 2>/dev/null; rm -rf "$scratch"' EXIT
  for _ in $(seq 300); do
    port=$(sed -n 's/.*http:\/\/127\.0\.0\.1:\([0-9]*\).*/\1/p' "$scratch/said")
    [ -n "$port" ] && break
    kill -0 $daemon 2>/dev/null || { cat "$scratch/said"; exit 1; }
    sleep 0.1
  done
  url=http://127.0.0.1:$port
}

also_at_end() { :; }

get() { curl -s "$url$1"; }
post() { curl -sf -H 'Content-Type: application/json' -d "$2" "$url$1"; }
delete() { curl -s -o /dev/null -X DELETE "$url$1"; }
code() { curl -s -o /dev/null -w '%{http_code}' "$url$1"; }
code_post() { curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' -d "$2" "$url$1"; }
took() { curl -s -o /dev/null -w '%{time_total}' "$url$1"; }
get_events() { curl -s --max-time "${2:-3}" "$url/v1/streams/$1/events" || true; }

# The first value of a key in a flat piece of JSON.
field() { grep -o "\"$1\":\"\?[^,}\"]*" | head -1 | sed 's/.*:"\?//'; }
ids() { get /v1/streams | grep -o '"id":"s[0-9]*"' | cut -d'"' -f4; }
running() { get /v1/streams | grep -o '"state":"\(connecting\|waiting\|running\|stalled\|retrying\|draining\)"' | wc -l; }
metric() { get /metrics | awk -v name="$1" '$1 == name { print $2; exit }'; }
resident() { awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$daemon/status"; }
descriptors() { ls "/proc/$daemon/fd" | wc -l; }

wait_ended() {
  for _ in $(seq 3000); do
    case $(get "/v1/streams/$1" | field state) in done|failed|stopped|"") return ;; esac
    sleep 0.2
  done
}

# For tests: one line that says why, and ctest's code for "skipped"; what was waited for, with the daemon's messages.
skip() { echo "skipped: it needs $* (configs/install_deps.sh configs/deps-dev.txt)"; exit 77; }
need() { for tool in "$@"; do command -v "$tool" >/dev/null || skip "$tool"; done; }
fail() { echo "FAILED: $*"; cat "$scratch/said"; exit 1; }
status() { get "/v1/streams/$1" | field "$2"; }
wait_for() {
  for _ in $(seq 300); do
    if eval "$2"; then return; fi
    sleep 0.2
  done
  get /v1/streams
  fail "$1"
}
