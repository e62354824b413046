#!/usr/bin/env bash
# Audits, compares with the base, and writes outputs and summary; the last step of the action fails.
set -uo pipefail
# Of its own for each use in a job, so that no use reads or removes what another wrote.
use=1
out="$RUNNER_TEMP/trl4ml-reports"
until mkdir "$out" 2> /dev/null; do
  use=$((use + 1))
  [ "$use" -le 100 ] || { echo "::error title=trl4ml::no folder for the reports can be made in RUNNER_TEMP"; exit 2; }
  out="$RUNNER_TEMP/trl4ml-reports-$use"
done

# What comes from the project is shown between marks that nobody can guess, so that it is no command.
quietly() {
  local mark
  mark="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
  echo "::stop-commands::$mark"
  cat "$1"
  [ -z "$(tail -c 1 "$1")" ] || echo
  echo "::$mark::"
}

# Python is run with -I: without it, it would run a json.py that lies in the project.
merged_into=""
if [ "${GITHUB_EVENT_NAME:-}" = pull_request ]; then
  merged_into="$(python3 -I -c 'import json, sys; print(json.load(open(sys.argv[1]))["pull_request"]["base"]["sha"])' "$GITHUB_EVENT_PATH")" ||
    merged_into="unknown"
fi
base="${IN_BASE:-$merged_into}"
is_here() { git -C "$IN_PATH" rev-parse --verify --quiet "$1^{commit}" > /dev/null; }
# A whole clone stays whole: with --depth it would become a shallow one.
depth=""
[ "$(git -C "$IN_PATH" rev-parse --is-shallow-repository 2> /dev/null)" != true ] || depth="--depth=1"
for commit in "$base" "$merged_into"; do
  [ -z "$commit" ] || is_here "$commit" ||
    git -C "$IN_PATH" fetch --quiet --no-tags ${depth:+"$depth"} origin -- "$commit" 2> "$out/said" || quietly "$out/said"
done
# Who may review, and what was reviewed, is asked of what the change goes into, whatever it deletes.
if [ -z "${TRL4ML_BASE:-}" ] && [ -n "$merged_into" ] && is_here "$merged_into"; then
  export TRL4ML_BASE="$merged_into"
fi

arguments=(--fail-on "$IN_FAIL_ON")
[ -z "$IN_LEVEL" ] || arguments+=(--level "$IN_LEVEL")
[ -z "$IN_COMPONENT" ] || arguments+=(--component "$IN_COMPONENT")
trl4ml audit "${arguments[@]}" --output-format "github=$out/annotations" --output-format "json=$out/audit.json" \
  --output-format "sarif-github=$out/trl4ml.sarif" --output-format "junit=$out/trl4ml.xml" \
  --output-format "summary=$out/summary.md" -- "$IN_PATH" 2> "$out/said"
code=$?
quietly "$out/said"
[ "$code" -lt 2 ] || echo "::error title=trl4ml::nothing was checked (exit code $code); see the log"

fallen() { [ "$IN_FAIL_ON_FALL" = false ] || code="$1"; }
if [ -n "$base" ] && [ "$code" -lt 2 ]; then
  trl4ml diff --base "$base" ${IN_BASE_REPORT:+--base-report "$IN_BASE_REPORT"} --format markdown -- "$IN_PATH" > "$out/changes.md" 2> "$out/said"
  changed=$?
  quietly "$out/said"
  if [ "$changed" -eq 1 ]; then
    echo "::error title=trl4ml::a level fell, a component is gone, or the baseline grew, or that cannot be told; the summary says which change did it"
    fallen 1
  elif [ "$changed" -ne 0 ] && grep -q '^trl4ml: --base .*: there was no .*trl4ml\.yaml yet; ' "$out/said"; then
    echo "::notice title=trl4ml::the base has no trl4ml.yaml yet, so no level could fall"
  elif [ "$changed" -ne 0 ]; then
    echo "::error title=trl4ml::whether a level fell is unknown: it could not be compared with the base; see the log"
    fallen 2
  fi
fi
# Last, for of more than ten errors GitHub shows the first ten.
[ ! -s "$out/annotations" ] || cat "$out/annotations"

for part in changes summary; do
  [ ! -s "$out/$part.md" ] || { cat "$out/$part.md"; echo; } >> "$GITHUB_STEP_SUMMARY"
done
{
  echo "exit-code=$code"
  echo "folder=$out"
  [ ! -s "$out/audit.json" ] ||
    python3 -I -c 'import json, sys; level = json.load(open(sys.argv[1]))["report"]["supported"]; print("level=" + ("" if level is None else str(level)))' "$out/audit.json"
  for pair in report=audit.json sarif=trl4ml.sarif junit=trl4ml.xml changes=changes.md; do
    [ ! -s "$out/${pair#*=}" ] || echo "${pair%%=*}=$out/${pair#*=}"
  done
} >> "$GITHUB_OUTPUT"
exit 0
