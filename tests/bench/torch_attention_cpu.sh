#!/bin/bash
# Attention on the CPU beside PyTorch, every row of the CPU's table, in one run: `heddle bench` on 1
# and on 2 threads, then torch's cases on 2. Minutes on a machine that does nothing else.
#
#   tests/bench/torch_attention_cpu.sh HEDDLE [PYTHON [option ...]]
#
# PYTHON has torch, and transformers for the layers' rows; options as torch_attention_cpu.py's.
# KEEP=FOLDER keeps both JSON files there, or reads them where they are already.
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
mkdir -p "$work"
for threads in 1 2; do
  [ -s "$work/$threads.json" ] || "$heddle" bench --json -t $threads > "$work/$threads.part"
  [ -s "$work/$threads.json" ] || mv "$work/$threads.part" "$work/$threads.json"
done
"$python" "$(dirname "$0")/torch_attention_cpu.py" "$work/1.json" "$work/2.json" "$@"
