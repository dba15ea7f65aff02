#!/bin/sh
# Installs the packages of package-lock.json, once until that changes. Suites
# that start at the same time wait for each other: npm in one folder twice breaks
# it.
set -e
cd "$(dirname "$0")"
exec 9<package.json
flock 9
installed=node_modules/.installed-lock.json
cmp -s package-lock.json "$installed" || {
	npm ci --no-audit --no-fund --ignore-scripts --fetch-retries=1 --loglevel=error
	cp package-lock.json "$installed"
}
