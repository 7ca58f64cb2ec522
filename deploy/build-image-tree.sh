#!/bin/sh
# Makes the tree of files that the image has: what a node needs to run, and nothing else.
#   sh deploy/build-image-tree.sh /image
# The Dockerfile's build stage is this script. test/deploy runs it too, on what .dockerignore lets through.
set -eu
cd "$(dirname "$0")/.."
npm ci --no-audit --no-fund
npm run build
node scripts/image-tree.js "$1"
