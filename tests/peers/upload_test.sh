#!/usr/bin/env bash
# usage: upload_test.sh HEDDLE DATA
# A transport stream as ffmpeg writes it and a FASTA file, sent by curl in chunks: what comes out is what the files give.
set -eu
. "$(dirname "$(readlink -f "$0")")/daemon.sh"
need curl ffmpeg
start_daemon "$1" --allow "$2"

id=$(post /v1/streams '{"kind":"video","input":"upload"}' | field id)
answer=$(ffmpeg -loglevel error -i "$2/house/match.mp4" -c copy -f mpegts - |
  curl -s -w ' %{http_code}' -T - -X POST -H 'Content-Type: video/mp2t' "$url/v1/streams/$id/data")
[ "${answer##* }" = 200 ] || fail "the transport stream was answered with $answer"
wait_for "all 60 frames" '[ "$(status "$id" samples)" = 60 ]'
[ "$(status "$id" records)" -gt 0 ] || fail "no boxes in the uploaded clip"

id=$(post /v1/streams '{"kind":"genome","input":"upload"}' | field id)
answer=$(curl -s -w ' %{http_code}' -T - -X POST -H 'Content-Type: text/x-fasta' "$url/v1/streams/$id/data" <"$2/house/genome.fa")
[ "${answer##* }" = 200 ] || fail "FASTA was answered with $answer"
file=$(post /v1/streams "{\"kind\":\"genome\",\"input\":\"$2/house/genome.fa\"}" | field id)
wait_ended "$file"
expected=$(get "/v1/streams/$file/sequences")
wait_for "the features of the file: $expected" '[ "$(get "/v1/streams/$id/sequences")" = "$expected" ]'

# Reads, as sequencers and aligners write them.
for file in reads.bam reads.fastq; do
  id=$(post /v1/streams '{"kind":"genome","input":"upload"}' | field id)
  answer=$(curl -s -w ' %{http_code}' -T - -X POST -H 'Content-Type: application/octet-stream' "$url/v1/streams/$id/data" <"$2/genome/$file")
  [ "${answer##* }" = 200 ] || fail "$file was answered with $answer"
  whole=$(post /v1/streams "{\"kind\":\"genome\",\"input\":\"$2/genome/$file\"}" | field id)
  wait_ended "$whole"
  bases=$(status "$whole" samples)
  [ "$bases" -gt 0 ] || fail "no bases in $file"
  wait_for "the $bases bases of $file" '[ "$(status "$id" samples)" = "$bases" ]'
done

# A sender whose clock jumps by minutes in the middle of a transport stream.
id=$(post /v1/streams '{"kind":"video","input":"upload"}' | field id)
ffmpeg -loglevel error -i "$2/house/match.mp4" -c copy -f mpegts "$scratch/one.ts"
ffmpeg -loglevel error -i "$2/house/match.mp4" -c copy -output_ts_offset 500 -mpegts_flags initial_discontinuity -f mpegts "$scratch/two.ts"
answer=$(cat "$scratch/one.ts" "$scratch/two.ts" | curl -s -w ' %{http_code}' -T - -X POST -H 'Content-Type: video/mp2t' "$url/v1/streams/$id/data")
[ "${answer##* }" = 200 ] || fail "a jump in time was answered with $answer"
wait_for "the gap of the jump" '[ "$(status "$id" gaps)" = 1 ]'
get_events "$id" | grep -q '"reason":"timestamp_jump"' || fail "no event tells of the jump in time"

[ "$(curl -s -o /dev/null -w '%{http_code}' -X POST -H 'Content-Type: text/html' -d x "$url/v1/streams/$id/data")" = 415 ] ||
  fail "a web page was taken as data"
