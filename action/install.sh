#!/usr/bin/env bash
# Installs this revision of trl4ml from its own lock files, with hashes, apart from the project.
set -euo pipefail
case "${IN_EXTRAS:-core}" in
  core | all) lock="$GITHUB_ACTION_PATH/requirements/${IN_EXTRAS:-core}.lock" ;;
  *) echo "::error title=trl4ml::extras is core or all"; exit 2 ;;
esac
home="$RUNNER_TEMP/trl4ml"
# Python is run with -I: without it, it would run a venv.py or pip.py that lies in the project.
python3 -I -m venv "$home"
pip=("$home/bin/python" -I -m pip --disable-pip-version-check --quiet install)
"${pip[@]}" --require-hashes -r "$lock"
"${pip[@]}" --require-hashes -r "$GITHUB_ACTION_PATH/requirements/build.lock"
"${pip[@]}" --no-deps --no-build-isolation "$GITHUB_ACTION_PATH"
# The command alone, so that the job's later steps keep their own python and pip.
mkdir -p "$RUNNER_TEMP/trl4ml-bin"
ln -sf "$home/bin/trl4ml" "$RUNNER_TEMP/trl4ml-bin/trl4ml"
echo "$RUNNER_TEMP/trl4ml-bin" >> "$GITHUB_PATH"
