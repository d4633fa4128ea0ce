#!/usr/bin/env bash
# usage: metrics_test.sh HEDDLE DATA
# /metrics with a stream of each kind, as Prometheus' own checker reads it; and every name that the dashboard asks for is told, if only by its type.
set -eu
here=$(dirname "$(readlink -f "$0")")
. "$here/daemon.sh"
need curl promtool
start_daemon "$1" --allow "$2"
post /v1/streams "{\"kind\":\"video\",\"input\":\"$2/house/match.mp4\"}" >/dev/null
id=$(post /v1/streams "{\"kind\":\"genome\",\"input\":\"$2/house/genome.fa\"}" | field id)
wait_ended "$id"
post /v1/streams '{"kind":"genome","input":"upload"}' >/dev/null  # what has ended has no rows of its own
get /v1/info >/dev/null
get /metrics >"$scratch/metrics"
promtool check metrics <"$scratch/metrics"
for name in $(grep -oh '\(heddle\|process\)_[a-z_]*' "$here/../../configs/deploy/grafana.json" | sort -u); do
  grep -q "^\(# TYPE \)\?$name" "$scratch/metrics" || fail "the dashboard asks for $name, which /metrics does not have"
done
for told in 'heddle_stage_seconds_bucket{kind="genome",stage="genes",le="+Inf"} [1-9]' 'heddle_attention_blocks_all_total [0-9]' 'heddle_memory_rows{tier="ring"} ' 'heddle_stream_in_flight{'; do
  grep -q "^$told" "$scratch/metrics" || fail "/metrics does not tell $told"
done
