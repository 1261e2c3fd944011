import { bodyStart, frameBytes, tagLength, tagStart } from '../../event/frame.js'
import { bytesAt, compilePath, find, numberAt, type PathStep } from '../../event/msgpack/find.js'
import type { Runtime } from '../../event/runtime.js'
import { hubRuntime } from '../../parts/boundary.js'
import { ExpiringMap } from '../../protocols/salt/codec/expiring-map.js'
import type { SaltSourceConfig } from './config.js'

type DuplicatesConfig = NonNullable<SaltSourceConfig['duplicates']>

/** The number of times that each bus has sent the event, and that it was published. */
interface Sighting {
  readonly byBus: Map<string, number>
  published: number
}

const MAX_REMEMBERED = 200_000

const paths = {
  jid: compilePath(['jid']),
  id: compilePath(['id']),
  stamp: compilePath(['_stamp']),
}

/**
 * Recognises the same event on the buses of several masters. An event that occurs twice on one bus counts as two, so
 * that an event is published as often as the bus sent it that sent it most.
 */
export class Duplicates {
  readonly #seen: ExpiringMap<Sighting>
  readonly #paths: readonly (readonly PathStep[])[]

  constructor({ key, window }: DuplicatesConfig, runtime: Runtime) {
    this.#seen = new ExpiringMap(runtime, window, MAX_REMEMBERED)
    this.#paths = key.map((field) => paths[field])
  }

  /** Returns whether another bus has already sent this event. */
  isDuplicate(bus: string, frames: Uint8Array, at: number): boolean {
    const key = this.#keyOf(frames, at)
    if (key === undefined) return false
    let sighting = this.#seen.get(key)
    if (sighting === undefined) {
      sighting = { byBus: new Map(), published: 0 }
      this.#seen.set(key, sighting)
    }
    const count = (sighting.byBus.get(bus) ?? 0) + 1
    sighting.byBus.set(bus, count)
    if (count <= sighting.published) return true
    sighting.published = count
    return false
  }

  #keyOf(frames: Uint8Array, at: number): string | undefined {
    const tag = tagStart(frames, at)
    const data = bodyStart(frames, at)
    const end = at + frameBytes(frames, at)
    let key = latin1(frames, tag, tag + tagLength(frames, at))
    for (const path of this.#paths) {
      const value = find(frames, data, end, path)
      if (value < 0) return undefined
      const bytes = bytesAt(frames, value)
      if (bytes === undefined && numberAt(frames, value) === undefined) return undefined
      key += `\n${bytes === undefined ? numberAt(frames, value) : latin1(bytes, 0, bytes.length)}`
    }
    return key
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}

const shared = new WeakMap<Runtime, Map<string, Duplicates>>()

/** Returns the instance shared by the buses of a hub with the same settings. */
export function sharedDuplicates(settings: DuplicatesConfig, given: Runtime): Duplicates {
  const runtime = hubRuntime(given)
  let bySettings = shared.get(runtime)
  if (bySettings === undefined) {
    bySettings = new Map()
    shared.set(runtime, bySettings)
  }
  const key = JSON.stringify([[...settings.key].sort(), settings.window])
  const known = bySettings.get(key)
  if (known !== undefined) return known
  const made = new Duplicates(settings, runtime)
  bySettings.set(key, made)
  return made
}
