#!/bin/sh
# Fetches a model and lets it be served only if it is the reviewed one, and the project is ready.
#
#     gate.sh FROM TO
#
# An exit other than 0 keeps the pod from starting; `kubectl logs POD -c storage-initializer` names the file.
set -eu
"${FETCH:-/storage-initializer/scripts/initializer-entrypoint}" "$1" "$2"
exec trl4ml gate "${PROJECT:-/project}" --min-level "${MIN_LEVEL:-7}" --model "$2"
