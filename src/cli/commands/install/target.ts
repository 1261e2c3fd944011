import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { runProgram } from '../../../processes/run-program.js'

export const SERVICE = 'tocsin.service'
export const USER = 'tocsin'

/** The system that is changed: this one, or a tree that is to become one. */
export interface Target {
  /** `undefined` for this system. */
  root: string | undefined
  isSuperuser: boolean
  systemdRuns: boolean
  /** Returns what the program printed. Rejects if it fails. */
  run(program: string, ...words: string[]): Promise<string>
}

export function openTarget(root: string | undefined, signal: AbortSignal): Target {
  const folder = root === undefined || resolve(root) === sep ? undefined : resolve(root)
  return {
    root: folder,
    isSuperuser: process.getuid?.() === 0,
    systemdRuns: folder === undefined && existsSync('/run/systemd/system'),
    run: (program, ...words) => run(program, words, signal),
  }
}

/** A start may take ten minutes (TimeoutStartSec), since a log that was not closed is checked first. */
const RUN_MS = 15 * 60_000

async function run(program: string, words: string[], signal: AbortSignal): Promise<string> {
  const failed = (why: string, cause?: unknown) =>
    new TocsinError('TCN_INSTALL_FAILED', `${[program, ...words].join(' ')}: ${why}`, { cause })
  const { code, output, message } = await runProgram(program, words, { signal, timeout: RUN_MS }).catch(
    (error: Error) => {
      throw signal.aborted ? signal.reason : failed(error.message, error)
    },
  )
  if (code !== 0) throw failed(message.trim() || `exit code ${code}`)
  return output
}

/** Where a path of the system is for this process. Throws if links lead out of the tree. */
export function placeOf({ root }: Target, path: string): string {
  if (root === undefined) return path
  const place = join(root, path)
  const real = realpathSync(existing(dirname(place)))
  const tree = existsSync(root) ? realpathSync(root) : real
  if (real === tree || real.startsWith(tree + sep)) return place
  throw new TocsinError('TCN_USAGE', `${place} is outside of ${root}, because a folder above it is a link`)
}

function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder))
}

export interface Owner {
  uid: number
  gid: number
}

/** The ids of the user of the service; `undefined` if it does not exist. */
export async function ownerIn(target: Target): Promise<Owner | undefined> {
  const known = ownerFrom(accountsOf(target))
  if (known !== undefined || target.root !== undefined) return known
  // Accounts may come from a directory service. getent fails if there is none of this name.
  return ownerFrom(await target.run('getent', 'passwd', USER).catch(() => ''))
}

function accountsOf(target: Target): string {
  const file = placeOf(target, '/etc/passwd')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function ownerFrom(accounts: string): Owner | undefined {
  const [, uid, gid] = /^tocsin:[^:]*:(\d+):(\d+):/m.exec(accounts) ?? []
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}
