import { closeSync, constants, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Cancel, Runtime } from '../event/runtime.js'
import { runToEnd } from '../processes/start-child.js'
import { toDiskFault } from './disk-fault.js'
import { makeFolder } from './folder.js'
import { isAlive, type LockHolder, thisProcess } from './lock-holder.js'

/** Interval at which the owner writes its heartbeat, and the time for which a claimant watches for it. */
const BEAT_MS = 1000
const WATCH_MS = 3500
/** Interval and number of attempts to take a lock whose owner is not visible. */
const HELD_PAUSE_MS = 50
const HELD_TRIES = 20
const MAX_RECORD_BYTES = 1024

/** The record that the owner of a folder writes into its lock file, as JSON. */
export interface Owner extends LockHolder {
  /** `/etc/machine-id`; empty if there is none. */
  machine: string
  /** Distinguishes two owners, whatever their process numbers. */
  token: string
  /** Rises while the owner is alive. */
  beat: number
}

/**
 * Reserves a folder for one process. The kernel holds the lock for as long as the process lives (`flock`), across
 * pid namespaces and, on most shared file systems, across hosts. Where it cannot, the heartbeat in the file is
 * used. An owner whose file names another one has been overtaken and must not write any more.
 */
export class OwnerLock {
  readonly #file: number
  readonly #runtime: Runtime
  readonly #mine: Owner
  /** Called once, when another process has taken the folder over. */
  onOvertaken: (owner: Owner) => void = () => undefined
  #overtakenBy: Owner | undefined
  #cancel: Cancel | undefined

  private constructor(file: number, runtime: Runtime) {
    this.#file = file
    this.#runtime = runtime
    const token = Buffer.from(runtime.random(16)).toString('hex')
    this.#mine = { ...thisProcess(), machine: machineId(), token, beat: 0 }
  }

  /** Takes the lock, or resolves with the living owner if there is one. Rejects with a DiskFault. */
  static async take(path: string, runtime: Runtime): Promise<OwnerLock | Owner> {
    let file: number | undefined
    try {
      makeFolder(dirname(path))
      file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
      const owner = await livingOwner(file, runtime)
      if (owner !== undefined) {
        closeSync(file)
        return owner
      }
      const lock = new OwnerLock(file, runtime)
      lock.#beat()
      return lock
    } catch (thrown) {
      if (file !== undefined) closeSync(file)
      throw toDiskFault(thrown, dirname(path))
    }
  }

  /** The process that has taken over the folder, if any; once set, it stays set. */
  get overtakenBy(): Owner | undefined {
    if (this.#overtakenBy !== undefined) return this.#overtakenBy
    const owner = readOwner(this.#file)
    if (owner !== 'unreadable' && owner?.token !== this.#mine.token) this.#overtakenBy = owner ?? UNKNOWN
    return this.#overtakenBy
  }

  release(): void {
    this.#cancel?.()
    if (this.overtakenBy === undefined) ftruncateSync(this.#file, 0)
    closeSync(this.#file)
  }

  #beat(): void {
    this.#mine.beat++
    writeOwner(this.#file, this.#mine)
    this.#cancel = this.#runtime.after(BEAT_MS, this.#next)
  }

  readonly #next = (): void => {
    const owner = this.overtakenBy
    if (owner !== undefined) {
      this.onOvertaken(owner)
      return
    }
    try {
      this.#beat()
    } catch {
      // A failing disk is noticed where events are stored; the kernel still holds the lock.
      this.#cancel = this.#runtime.after(BEAT_MS, this.#next)
    }
  }
}

const UNKNOWN: Owner = { pid: 0, start: '', boot: '', machine: '', token: '', beat: 0 }

async function livingOwner(file: number, runtime: Runtime): Promise<Owner | undefined> {
  let kernel = lockByKernel(file)
  // An owner that was killed while it took the lock leaves it to the program `flock` for a moment.
  for (let tries = 0; kernel === 'held' && tries < HELD_TRIES && !isKnownAlive(file); tries++) {
    await new Promise<void>((resolve) => runtime.after(HELD_PAUSE_MS, resolve))
    kernel = lockByKernel(file)
  }
  const owner = readOwner(file)
  if (kernel === 'held') return owner === undefined || owner === 'unreadable' ? UNKNOWN : owner
  if (owner === undefined || owner === 'unreadable') return undefined
  const { boot } = thisProcess()
  if (owner.boot === boot && kernel === 'taken') return undefined
  if (owner.boot === boot && isAlive(owner)) return owner
  if (owner.boot !== boot && owner.machine !== '' && owner.machine === machineId()) return undefined
  // The owner is on another host, or in another pid namespace without a kernel lock.
  await new Promise<void>((resolve) => runtime.after(WATCH_MS, resolve))
  const later = readOwner(file)
  if (later === undefined || later === 'unreadable') return undefined
  return later.token === owner.token && later.beat === owner.beat ? undefined : later
}

function isKnownAlive(file: number): boolean {
  const owner = readOwner(file)
  return owner !== undefined && owner !== 'unreadable' && isAlive(owner)
}

/**
 * Takes the kernel's lock. It belongs to the open file, which the program `flock` shares with this process: it
 * remains when the program has ended, and is released when this process ends.
 */
function lockByKernel(file: number): 'taken' | 'held' | 'unknown' {
  const { status, error } = runToEnd('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', file] })
  if (error !== undefined) return 'unknown'
  return status === 0 ? 'taken' : status === 1 ? 'held' : 'unknown'
}

/** Returns undefined if no owner has written its record, or it was removed. */
function readOwner(file: number): Owner | 'unreadable' | undefined {
  const bytes = Buffer.alloc(MAX_RECORD_BYTES)
  try {
    const length = readSync(file, bytes, 0, MAX_RECORD_BYTES, 0)
    return length === 0 ? undefined : (JSON.parse(bytes.toString('utf8', 0, length).trimEnd()) as Owner)
  } catch {
    return 'unreadable'
  }
}

/** Writes the record in place, in one write of constant length, so that a reader never sees part of it. */
function writeOwner(file: number, owner: Owner): void {
  writeSync(
    file,
    JSON.stringify(owner)
      .padEnd(MAX_RECORD_BYTES - 1)
      .concat('\n'),
    0,
  )
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim()
  } catch {
    return ''
  }
}
