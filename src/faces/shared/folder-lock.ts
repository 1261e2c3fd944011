import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import { isAlive, thisProcess } from '../../storage/lock-holder.js'
import { listenError } from './listen-error.js'

const NAME = '.tocsin.lock'
/** Longest wait for the lock, ms. The lock is normally kept for a few milliseconds. */
const MAX_WAIT = 10_000
const TRY_AGAIN = 20

/**
 * Runs a function while no other hub does so in this folder. Without the lock, another hub could bind its socket
 * after this one has found a socket left by a crash, and would have it removed. Rejects with TCN_SOCKET_LOCKED or an
 * error of `listenError`.
 */
export async function withFolderLock<Result>(
  folder: string,
  runtime: Runtime,
  run: () => Promise<Result>,
): Promise<Result> {
  const path = join(folder, NAME)
  await take(path, runtime)
  try {
    return await run()
  } finally {
    rmSync(path, { force: true })
  }
}

async function take(path: string, runtime: Runtime): Promise<void> {
  const until = runtime.monotonic() + MAX_WAIT
  while (!create(path)) {
    if (isStale(path, runtime)) breakLock(path)
    else if (runtime.monotonic() > until) {
      throw new TocsinError('TCN_SOCKET_LOCKED', `another process holds ${path}`)
    } else await new Promise<void>((go) => void runtime.after(TRY_AGAIN, go))
  }
}

/** The lock appears with its text, so that one without it was damaged by a loss of power. */
function create(path: string): boolean {
  const { pid, start, boot } = thisProcess()
  const mine = `${path}.${pid}`
  try {
    rmSync(mine, { force: true })
    writeFileSync(mine, `${pid} ${start} ${boot}`, { flag: 'wx', mode: 0o600 })
    linkSync(mine, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw listenError(path, error)
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Returns true if the lock was left by a hub that was killed, or lost its power. */
function isStale(path: string, runtime: Runtime): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return false
  return isDead(holder(path)) || runtime.now() / 1000 - found.mtimeMs > 2 * MAX_WAIT
}

/** Breaks a stale lock by moving the file away. A lock that another hub took in between is put back. */
function breakLock(path: string): void {
  const before = holder(path)
  const mine = `${path}.${process.pid}`
  try {
    renameSync(path, mine)
    if (holder(mine) !== before) linkSync(mine, path)
  } catch {
    // Another hub was faster.
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Returns the text of the lock; undefined if it cannot be read, or was removed. */
function holder(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function isDead(holder: string | undefined): boolean {
  if (holder === undefined) return false
  const [, pid, start, boot] = /^(\d{1,10}) (\d*) (\S*)$/.exec(holder) ?? []
  return pid === undefined || !isAlive({ pid: Number(pid), start, boot })
}
