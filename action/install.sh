#!/usr/bin/env bash
# Installs this revision of trl4ml from its own lock files, with hashes, apart from the project.
set -euo pipefail
case "${IN_EXTRAS:-core}" in
  core | all) lock="$GITHUB_ACTION_PATH/requirements/${IN_EXTRAS:-core}.lock" ;;
  *) echo "::error title=trl4ml::extras is core or all"; exit 2 ;;
esac
home="$RUNNER_TEMP/trl4ml"
python3 -m venv "$home"
pip=("$home/bin/python" -m pip --disable-pip-version-check --quiet install)
"${pip[@]}" --require-hashes -r "$lock"
"${pip[@]}" --require-hashes -r "$GITHUB_ACTION_PATH/requirements/build.lock"
"${pip[@]}" --no-deps --no-build-isolation "$GITHUB_ACTION_PATH"
echo "$home/bin" >> "$GITHUB_PATH"
