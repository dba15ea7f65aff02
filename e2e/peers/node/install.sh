#!/bin/sh
# Installs the packages of package-lock.json, once. Suites that start at the
# same time wait for each other: npm in one folder twice breaks it.
set -e
cd "$(dirname "$0")"
exec 9<package.json
flock 9
test -e node_modules/.package-lock.json ||
	npm ci --no-audit --no-fund --ignore-scripts --fetch-retries=1 --loglevel=error
