import { messageOf } from '../../errors/thrown.js'
import { scatteredPause } from '../../event/retry-pause.js'
import { type Cancel, withTimeout } from '../../event/runtime.js'
import type { FaceDefinition, FaceHost, FaceReports, OpenFace } from '../../faces/face.js'
import { faces } from '../../faces/index.js'
import { isAddressError } from '../../faces/shared/listen-error.js'
import type { EventLog } from '../../log/index.js'
import type { CallOutcome } from '../../methods/method.js'
import { Boundary } from '../../parts/boundary.js'
import type { PartConfig, PartKeys } from '../../parts/definition.js'
import type { MetricSample } from '../../types/metric.js'
import type { HubConfig } from '../config/index.js'
import { configOf, isKeyOf } from '../config/part-keys.js'
import { FaceChange, isSame, type OpenPart, type WantedPart } from './face-change.js'

const OPEN_AGAIN = { first: 1_000, longest: 60_000 }
/** After running for this time, a failure is followed by the shortest pause again. */
const STEADY_MS = 60_000

/** Time that each face has to close when the hub ends, ms. */
const CLOSE_MS = 10_000

/** The host for every face. */
export interface HubOfFaces extends Omit<FaceHost, 'reports' | 'parts'> {
  readonly parts: Omit<FaceHost['parts'], 'sessionKinds'>
  readonly reports: Omit<FaceReports, 'called'> & {
    /** Learns which face it was. */
    called(outcome: CallOutcome, face: string): Promise<void> | undefined
  }
  /** Adds a note for the operator who starts the hub. */
  note(text: string): void
}

/** The open faces of a hub. */
export class OpenFaces {
  readonly #host: HubOfFaces
  #open: OpenPart[] = []
  /** Faces that are open in addition to the configuration. */
  readonly #extra: { definition: FaceDefinition; face: OpenFace }[] = []
  /** Parts that are no longer wanted, as long as the change may still be undone. */
  #replaced: OpenPart[] = []
  #isClosed = false
  readonly #leaving = new Set<Promise<void>>()
  /** Parts in which something has thrown that is none of a connection, until they are open again. */
  readonly #failed = new Map<string, { failures: number; at: number; again?: Cancel }>()

  constructor(host: HubOfFaces) {
    this.#host = host
  }

  /** The listeners of all open faces. */
  get listeners(): { face: string; address: string; connections: number }[] {
    return this.#all.flatMap(({ definition, face }) =>
      face.listeners.map((listener) => ({
        face: listener.face ?? definition.name,
        address: listener.address,
        connections: listener.connections,
      })),
    )
  }

  /** Returns a link with which the user who has started the hub logs in to its console; undefined without one. */
  loginLink(): string | undefined {
    for (const { face } of this.#all) {
      const link = face.loginLink?.()
      if (link !== undefined) return link
    }
    return undefined
  }

  *samples(): Iterable<MetricSample> {
    for (const { face } of this.#all) yield* face.samples?.() ?? []
  }

  /**
   * Makes the open faces those of the configuration: all, or only those with one of the keys. Parts whose configuration
   * is the same are left alone; what is new is bound before what is replaced is unbound, unless both need the same
   * address. Rejects with the error of the first part that cannot listen, and everything is as before then. Clients of
   * what was replaced stay connected until `settle`. The first face is opened last: a command that reaches the hub
   * there finds all the others.
   */
  async apply(config: HubConfig, keys?: readonly string[]): Promise<void> {
    const isMeant = ({ definition }: WantedPart) =>
      keys === undefined || keys.some((key) => isKeyOf(key, [definition]))
    const change = new FaceChange(this.#open.filter(isMeant), this.#replaced)
    const wanted = partsOf(config).filter(isMeant)
    const missing = wanted.filter((part) => !change.keep(part))
    try {
      for (const part of missing.toReversed()) change.opened(part, await this.#openPart(part, change))
    } catch (thrown) {
      this.#leave(await change.undo((error) => this.#host.note(`no longer listening: ${error.message}`)))
      throw thrown
    }
    const { open, replaced } = change.done()
    const inOrder = wanted.flatMap((part) => open.filter(isSame(part)))
    const others = this.#open.filter((part) => !isMeant(part))
    this.#open = [...others, ...inOrder].toSorted((a, b) => rankOf(a) - rankOf(b))
    this.#replaced = replaced
  }

  /** Says goodbye to the clients of everything that was replaced: the change is final. */
  settle(): void {
    this.#leave(this.#replaced.splice(0))
  }

  /** Opens a face with its own configuration, in addition to that of the hub. */
  async open<Keys extends PartKeys>(
    definition: FaceDefinition<Keys>,
    config: PartConfig<Keys>,
  ): Promise<OpenFace | undefined> {
    const face = await definition.open(hostOf(definition, this.#host), config)
    this.#note(face)
    if (face !== undefined) this.#extra.push({ definition, face })
    return face
  }

  get #all(): { definition: FaceDefinition; face: OpenFace }[] {
    return [...this.#open, ...this.#extra]
  }

  /** Accepts no new input; requests that have begun are still answered. */
  async drain(): Promise<void> {
    this.settle()
    await Promise.all(this.#all.map(({ face }) => face.drain?.()))
  }

  async close(): Promise<void> {
    for (const { again } of this.#failed.values()) again?.()
    this.#isClosed = true
    const closing = this.#all.map(({ definition, face }) => this.#inTime(definition.name, face.close()))
    const leaving = [...this.#leaving].map((left) => this.#inTime('a listener that was replaced', left))
    await Promise.all([...closing, ...leaving])
  }

  /** A face in which something has thrown may never end; the process ends all the same. */
  #inTime(name: string, closed: Promise<void>): Promise<void> {
    return withTimeout(this.#host.runtime, CLOSE_MS, closed).catch((error: Error) =>
      this.#host.note(`${name} is not closed in order: ${error.message}`),
    )
  }

  async #openPart(part: WantedPart, change: FaceChange): Promise<OpenFace | undefined> {
    const { optional } = part
    const open = change.revived(part) ?? (() => this.#opened(part))
    try {
      return await open().catch((error) => {
        if (!change.makesRoom(error)) throw error
        return open()
      })
    } catch (error) {
      if (optional === undefined || !isAddressError(error)) throw error
      this.#host.note(optional(error))
      return undefined
    }
  }

  /** Opens a part within a boundary of its own. */
  async #opened(part: WantedPart): Promise<OpenFace | undefined> {
    const { definition, config } = part
    let face: OpenFace | undefined
    const boundary = new Boundary('face', fullName(part), (thrown) => this.#fails(face, thrown))
    const host = hostOf(definition, this.#host)
    const runtime = boundary.runtime(host.runtime)
    face = await boundary.run(() => definition.open({ ...host, runtime }, config))
    this.#note(face)
    return face
  }

  /** Nobody knows in which state it is: it is closed, and opened again after a growing pause. */
  #fails(face: OpenFace | undefined, thrown: unknown): void {
    const part = this.#open.find((open) => open.face === face)
    if (part === undefined || this.#isClosed) return
    const name = fullName(part)
    const now = this.#host.runtime.monotonic()
    const known = this.#failed.get(name)
    if (known?.again !== undefined) return
    const failures = known === undefined || now - known.at > STEADY_MS ? 1 : known.failures + 1
    this.#host.note(`${name} is closed and opened again: ${messageOf(thrown)}`)
    part.face.unbind()
    this.#leave([part])
    const again = this.#host.runtime.after(scatteredPause(failures, OPEN_AGAIN, this.#host.runtime), () => {
      void this.#openAgain(part)
    })
    this.#failed.set(name, { failures, at: now, again })
  }

  /** Unless the configuration has replaced it meanwhile. */
  async #openAgain(part: OpenPart): Promise<void> {
    const failed = this.#failed.get(fullName(part))
    if (failed !== undefined) failed.again = undefined
    if (this.#isClosed || !this.#open.includes(part)) return
    try {
      const face = await this.#opened(part)
      if (face === undefined) return
      const at = this.#open.indexOf(part)
      if (at >= 0) this.#open[at] = { ...part, face }
      else this.#leave([{ ...part, face }])
    } catch (thrown) {
      this.#fails(part.face, thrown)
    }
  }

  #note(face: OpenFace | undefined): void {
    for (const note of face?.notes ?? []) this.#host.note(note)
  }

  #leave(parts: readonly OpenPart[]): void {
    for (const { face } of parts) {
      const left = leave(face)
        .catch((error: Error) => this.#host.note(`a listener could not be closed: ${error.message}`))
        .finally(() => this.#leaving.delete(left))
      this.#leaving.add(left)
    }
  }
}

async function leave(face: OpenFace): Promise<void> {
  if (face.leave !== undefined) return face.leave('the configuration has changed')
  await face.drain?.()
  await face.close()
}

function fullName({ definition, name }: WantedPart): string {
  return name === '' ? definition.name : `${definition.name}/${name}`
}

function partsOf(config: HubConfig): WantedPart[] {
  return definitions.flatMap((definition) => {
    const own = configOf(definition, config)
    return (definition.parts?.(own) ?? [{ name: '', config: own }]).map((part) => ({ ...part, definition }))
  })
}

function rankOf({ definition }: WantedPart): number {
  return definitions.indexOf(definition)
}

/** Returns the host for a face, whose name stands in what the face reports about its peers. */
function hostOf({ name: face }: FaceDefinition, host: HubOfFaces): FaceHost {
  const { access } = host
  return {
    ...host,
    parts: { ...host.parts, sessionKinds },
    access: {
      authorize: access.authorize,
      identify: (credentials) => access.identify({ ...credentials, face }),
      hasSshKey: (name, key) => access.hasSshKey(name, key),
      browserLogins: access.browserLogins,
      principal: (name) => access.principal(name),
      find: (name) => access.find(name),
      resume: (name, proof) => access.resume(name, proof),
      onRemoved: (listener) => access.onRemoved(listener),
      grant: (name, grant) => access.grant(name, grant),
      level: (principal, right) => access.level(principal, right),
      loginRefused: (credentials, error) => access.loginRefused({ ...credentials, face }, error),
    },
    reports: { ...host.reports, called: (outcome) => host.reports.called(outcome, face) },
  }
}

const definitions: readonly FaceDefinition[] = faces
const sessionKinds = definitions.flatMap(({ sessionKind }) => sessionKind ?? [])

/** Returns the largest event that any face accepts and the log stores, which every client receives as its limit. */
export function maxFrameOf(config: HubConfig, { largestFrame = Number.POSITIVE_INFINITY }: EventLog): number {
  const allowed = Math.max(
    config.limits.frame,
    ...definitions.map((face) => face.maxFrame?.(configOf(face, config)) ?? 0),
  )
  return Math.min(allowed, largestFrame)
}
