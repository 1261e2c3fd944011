// Finds a nats-server whose replicas of a stream stay equal.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, StepFailed } from '../steps.mjs'

const OLDEST = [2, 10, 27]
const PLACES = ['nats-server', '/usr/sbin/nats-server', '/usr/local/sbin/nats-server']

function versionOf(program) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return /v(\d+)\.(\d+)\.(\d+)/
    .exec(stdout ?? '')
    ?.slice(1)
    .map(Number)
}

function canReplicate(program) {
  const version = versionOf(program)
  if (version === undefined) return false
  const at = OLDEST.findIndex((part, index) => part !== version[index])
  return at === -1 || version[at] > OLDEST[at]
}

/** That of the system, or the one that scripts/setup-tests.sh fetches; undefined if neither is new enough. */
export function findNatsServer() {
  return [...PLACES, join(root, '.cache/nats-server/usr/sbin/nats-server')].find(canReplicate)
}

export function requireNatsServer() {
  const found = findNatsServer()
  if (found !== undefined) return found
  const version = PLACES.map(versionOf).find((each) => each !== undefined)
  throw new StepFailed(
    `A cluster with replicas needs nats-server ${OLDEST.join('.')} or newer; ${version === undefined ? 'there is none' : `this one is ${version.join('.')}`}. scripts/setup-tests.sh fetches one into .cache on Debian.`,
  )
}
