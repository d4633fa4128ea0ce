#!/bin/bash
# Attention on the CPU beside PyTorch, every row of the CPU's table, in one run: the cases of `heddle bench` that it
# needs, on 1 and on 2 threads, then torch's on 2. About ten minutes on a machine that does nothing else.
#
#   tests/bench/torch_attention_cpu.sh HEDDLE [PYTHON [option ...]]
#
# PYTHON has torch, and transformers for the layers' rows, and finds a C++ compiler for FlexAttention; options as
# torch_attention_cpu.py's. KEEP=FOLDER keeps the JSON files there, and measures only those that are not there yet.
set -euo pipefail
if [ $# -lt 1 ]; then
  echo "usage: $0 HEDDLE [PYTHON [option ...]]" >&2
  exit 2
fi
heddle=$1
python=${2:-python3}
shift $(($# > 1 ? 2 : 1))
work=${KEEP:-$(mktemp -d)}
[ -n "${KEEP:-}" ] || trap 'rm -rf "$work"' EXIT

# measure THREADS TEXT: what `heddle bench --only TEXT` gives, which exits with 1 where a result is wrong.
measure() {
  local file="$work/$1/${2//[^a-zA-Z0-9]/_}.json"
  mkdir -p "$work/$1"
  [ -s "$file" ] && return
  echo "heddle, $1 thread(s): $2" >&2
  "$heddle" bench --json -t "$1" --only "$2" > "$file.part"
  mv "$file.part" "$file"
}

both=('attention dense' 'attention window 1024 16k' 'attention window 1024 64k' 'attention BigBird' 'attention random'
  'gradient window' 'gradient BigBird' 'gradient random')
for text in "${both[@]}"; do
  measure 2 "$text"
  measure 1 "$text"
done
for text in 'layer ' ' 1M' 'choice moba(512' 'attention moba(512' 'choice moba(64,16,queries' 'attention moba(64,16,queries'; do
  measure 2 "$text"
done
"$python" "$(dirname "$0")/torch_attention_cpu.py" "$work" "$@"
