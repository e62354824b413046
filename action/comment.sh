#!/usr/bin/env bash
# Puts what changed and the summary into one comment of the pull request, and later into the same.
set -euo pipefail
out="$IN_FOLDER"
mark="<!-- ${IN_CATEGORY//[^A-Za-z0-9._-]/-} -->"
body="$out/comment.md"
for parts in "changes summary" summary ""; do
  echo "$mark" > "$body"
  for part in $parts; do
    [ ! -s "$out/$part.md" ] || { cat "$out/$part.md"; echo; } >> "$body"
  done
  [ "$(wc -c < "$body")" -gt 60000 ] || break
done
[ "$parts" = "changes summary" ] || echo "All of it did not fit here: see the summary of the job." >> "$body"
# Python is run with -I: without it, it would run a json.py that lies in the project, and there is a token here.
number="$(python3 -I -c 'import json, sys; print(int(json.load(open(sys.argv[1]))["pull_request"]["number"]))' "$GITHUB_EVENT_PATH")"
comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"
# Only a bot's: anybody may write a comment that begins like ours, and change it afterwards.
if own="$(gh api "$comments" --paginate --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$mark\"))) | .id" | sed -n 1p)" &&
  if [ -n "$own" ]; then
    gh api --silent -X PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$own" -F "body=@$body"
  else
    gh api --silent -X POST "$comments" -F "body=@$body"
  fi
then exit 0; fi
# No reason to fail: the verdict is in the gate and in the summary.
echo "::warning title=trl4ml::the comment could not be written: it needs pull-requests: write, which a pull request from a fork has not; see the summary"
