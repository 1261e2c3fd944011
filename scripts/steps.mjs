/** Functions that the scripts share. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isSupported, supported } from '../bin/supported-node.mjs'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
export const main = join(root, 'dist/bundle/main.js')

export class StepFailed extends Error {}

export function say(text) {
  process.stderr.write(`${text}\n`)
}

export function requireNode() {
  const { node } = process.versions
  if (!isSupported(node)) throw new StepFailed(`Tocsin needs ${supported}; this is ${node}.`)
}

/** Runs the action; commands that need its result wait until it has ended (bin/tocsin.mjs). */
export async function whileOthersWait(action) {
  const marker = join(root, '.cache/building')
  mkdirSync(dirname(marker), { recursive: true })
  writeFileSync(marker, String(process.pid))
  try {
    await action()
  } finally {
    rmSync(marker, { force: true })
  }
}

export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['inherit', 2, 2], ...options })
  if (result.error) throw new StepFailed(`${command} cannot be run: ${result.error.message}`)
  return result.status ?? 1
}

/** Returns a hash of the names, sizes and times of all files, which is equal as long as none has changed. */
export function fingerprint(paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((path) => filesUnder(join(root, path)))) {
    const { size, mtimeMs } = statSync(file)
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

export function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)))
}

/** Ends the process with the message of a failed step. Any other error is a bug and keeps its stack. */
export function report(error) {
  if (!(error instanceof StepFailed)) throw error
  say(error.message)
  process.exitCode = 1
}
