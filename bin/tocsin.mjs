#!/usr/bin/env sh
':' //; if [ "$1" = serve ]; then export MALLOC_MMAP_THRESHOLD_="${MALLOC_MMAP_THRESHOLD_-524288}"; fi; exec node "$0" "$@"
// A shell starts Node, since the C library of a hub must find this setting when it starts (docs/guide/running.md). It
// becomes Node, so that signals, exit status and pid are those of the hub.
//
// The command `tocsin`. In a clone it exists before the build, since npm and npx link only commands that exist, and
// npx never looks again.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isSupported, supported } from './supported-node.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const main = join(root, 'dist/bundle/main.js')

if (!isSupported(process.versions.node)) {
  fail(`Tocsin needs ${supported}; this is ${process.versions.node}.`)
} else if (await isBuilt()) {
  await import(pathToFileURL(main).href)
} else {
  fail(`tocsin: it is not built yet. Run this first: cd ${quoted(root)} && npm start`)
}

/** Waits while `npm start` or `npm run build` is at work in another terminal. */
async function isBuilt() {
  for (let waits = 0; !existsSync(main); waits++) {
    if (!isBeingBuilt()) return existsSync(main)
    if (waits === 0) process.stderr.write('tocsin: it is being built in another terminal; waiting …\n')
    await setTimeout(200)
  }
  return true
}

function isBeingBuilt() {
  try {
    process.kill(Number(readFileSync(join(root, '.cache/building'), 'utf8')), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function quoted(path) {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

function fail(text) {
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}
