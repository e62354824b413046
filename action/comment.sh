#!/usr/bin/env bash
# Puts what changed and the summary into one comment of the pull request, and later into the same.
set -euo pipefail
out="$RUNNER_TEMP/trl4ml-reports"
mark='<!-- trl4ml -->'
body="$out/comment.md"
echo "$mark" > "$body"
for part in changes summary; do
  [ ! -s "$out/$part.md" ] || { cat "$out/$part.md"; echo; } >> "$body"
done
if [ "$(wc -c < "$body")" -gt 60000 ]; then
  { echo "$mark"; head -c 50000 "$out/changes.md" 2> /dev/null || true; } > "$body"
fi
number="$(python3 -c 'import json, sys; print(int(json.load(open(sys.argv[1]))["pull_request"]["number"]))' "$GITHUB_EVENT_PATH")"
comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"
own="$(gh api "$comments" --paginate --jq ".[] | select(.body | startswith(\"$mark\")) | .id" | head -n 1)"
if [ -n "$own" ]; then
  gh api --silent -X PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$own" -F "body=@$body"
else
  gh api --silent -X POST "$comments" -F "body=@$body"
fi
