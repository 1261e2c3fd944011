import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  type Stats,
} from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { codeOf } from '../errors/thrown.js'

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants
/** Opens only the name of a file, not its content. Node.js does not export it; its processors all have this number. */
const O_PATH = 0o10000000
/** Files that the process has open already. Nobody can put anything there. */
const OWN_FILES = /^\/(?:dev\/(?:stdin$|fd\/\d+$)|proc\/self\/fd\/\d+$)/
const MAX_BYTES = 1024 * 1024
const isLinux = process.platform === 'linux'
/** As many as the kernel follows. */
const MAX_LINKS = 40
const ROOT = 0
const EVERYBODY_WRITES = 0o002
const STICKY = 0o1000

/**
 * Reads a file of root or of this user. Somebody else who may write into one of its folders could put another file there,
 * or a link to one that only this user may read: throws an error for those.
 */
export function readTrusted(path: string, maxBytes = MAX_BYTES): Buffer {
  if (OWN_FILES.test(path)) return readFileSync(path)
  using place = TrustedPlace.find(path)
  try {
    return readFound(place, maxBytes)
  } catch (thrown) {
    throw place.renamed(thrown)
  }
}

function readFound(place: TrustedPlace, maxBytes: number): Buffer {
  const file = openSync(place.path, place.flags | O_RDONLY | O_NONBLOCK)
  try {
    const { size, uid } = fstatSync(file)
    place.checkOwner(uid)
    if (size > maxBytes) throw new Error(`${place.named} has ${size} bytes, ${maxBytes} are allowed`)
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * The place to which a path leads. It is found folder by folder, and each link is followed only if root or this user has
 * made it; nobody can exchange what was found.
 */
export class TrustedPlace implements Disposable {
  readonly named: string
  /** Leads there until this is disposed of. */
  path: string
  exists = false
  readonly #names: string[]
  #folder: number | undefined
  #file: number | undefined
  readonly #guarded: boolean
  #links = 0

  private constructor(named: string, guarded: boolean) {
    this.named = named
    this.#guarded = guarded
    this.path = named
    this.#names = namesIn(resolve('.'), named)
    if (isLinux) this.#folder = openSync('/', O_PATH)
  }

  /**
   * Throws an error for a link of somebody else, and if a folder is missing; if `guarded`, also for a folder on the way
   * in which others could exchange the next one.
   */
  static find(path: string, { guarded = false } = {}): TrustedPlace {
    const place = new TrustedPlace(path, guarded)
    place.exists = !isLinux && existsSync(path)
    try {
      while (isLinux && place.#file === undefined && place.#step());
      return place
    } catch (thrown) {
      place[Symbol.dispose]()
      throw place.renamed(thrown)
    }
  }

  /** A file that was missing must be opened with these flags, since nobody has seen yet that it is no link. */
  get flags(): number {
    return this.exists ? 0 : O_NOFOLLOW
  }

  /** Throws an error if somebody else has this. */
  checkOwner(uid: number): void {
    if (isTrusted(uid)) return
    throw new Error(`${this.named} belongs to user ${uid}: ${remedy(uid)}`)
  }

  /** The error with the path that was named. */
  renamed(thrown: unknown): Error {
    const error = thrown as NodeJS.ErrnoException
    if (error.path === undefined) return error
    const { path } = error
    error.path = this.named
    error.message = error.message.replaceAll(path, this.named)
    return error
  }

  [Symbol.dispose](): void {
    for (const each of [this.#folder, this.#file]) if (each !== undefined) closeSync(each)
  }

  /** Returns false if nothing is there. */
  #step(): boolean {
    const name = this.#names.shift() ?? '.'
    const isLast = this.#names.length === 0
    this.path = `/proc/self/fd/${this.#folder}/${name}`
    const found = openIfThere(this.path, isLast)
    if (found === undefined) return false
    const stat = fstatSync(found, { bigint: true })
    if (stat.isSymbolicLink()) {
      closeSync(found)
      this.#follow(stat)
    } else if (isLast) {
      this.#file = found
      this.path = `/proc/self/fd/${found}`
      this.exists = true
    } else this.#enter(found)
    return true
  }

  #enter(folder: number): void {
    if (this.#folder !== undefined) closeSync(this.#folder)
    this.#folder = folder
    if (this.#guarded) this.#checkFolder(fstatSync(folder))
  }

  /** In a folder with the sticky bit, everybody can exchange only what is theirs. */
  #checkFolder({ uid, mode }: Stats): void {
    const isOpen = (mode & EVERYBODY_WRITES) !== 0 && (mode & STICKY) === 0
    if (isTrusted(uid) && !isOpen) return
    const where = `the folder ${readlinkSync(`/proc/self/fd/${this.#folder}`)} on the way to ${this.named}`
    throw new Error(
      isOpen
        ? `${where} can be written by everybody: take that right away (chmod o-w)`
        : `${where} belongs to user ${uid}: ${remedy(uid)}`,
    )
  }

  #follow(link: BigIntStats): void {
    const uid = Number(link.uid)
    if (!isTrusted(uid))
      throw new Error(
        `${this.named} leads through a link of user ${uid}, which is not followed: ${remedy(uid)}`,
      )
    if (++this.#links > MAX_LINKS) throw new Error(`${this.named} leads through too many links`)
    const target = readlinkSync(this.path)
    const { ino, ctimeNs } = lstatSync(this.path, { bigint: true })
    // A link never changes: if it is still the same one, this is where it leads.
    if (ino !== link.ino || ctimeNs !== link.ctimeNs) throw new Error(`${this.named} has just been replaced`)
    this.#names.unshift(...namesIn('', target))
    if (isAbsolute(target)) this.#enter(openSync('/', O_PATH))
  }
}

/** The steps from `folder`; those to parents stay, since a link may lead to another parent. */
function namesIn(folder: string, path: string): string[] {
  const whole = isAbsolute(path) ? path : `${folder}/${path}`
  return whole.split('/').filter((name) => name !== '' && name !== '.')
}

function openIfThere(path: string, mayMiss: boolean): number | undefined {
  try {
    return openSync(path, O_PATH | O_NOFOLLOW)
  } catch (error) {
    if (mayMiss && codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Returns whether a user can do what the hub can anyway, or is trusted by whoever has started it. */
export function isTrusted(uid: number, me = process.getuid?.()): boolean {
  return me === undefined || uid === ROOT || uid === me || trustedUsers().includes(uid)
}

function trustedUsers(): number[] {
  const users = process.env.TOCSIN_TRUSTED_USERS ?? ''
  return users
    .split(',')
    .filter((text) => /^\d+$/.test(text))
    .map(Number)
}

function remedy(uid: number): string {
  return `give it to root or to the user of the hub, or start the hub with TOCSIN_TRUSTED_USERS=${uid}`
}
