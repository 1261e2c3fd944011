import type { FaceConfig, FaceDefinition, FaceHost, FaceKeys, OpenFace } from '../faces/face.js'
import { faces } from '../faces/index.js'
import type { CallOutcome } from '../methods/method.js'
import type { MetricSample } from '../types/metric.js'
import { configOf, isFaceKey } from './config/face-keys.js'
import type { HubConfig } from './config/index.js'

/** What the hub gives to every face; `called` learns which of them it was. */
export interface HubOfFaces extends Omit<FaceHost, 'called'> {
  called(outcome: CallOutcome, face: string): void
}

/** The open faces of a hub. */
export class OpenFaces {
  readonly #host: HubOfFaces
  readonly #open: { definition: FaceDefinition; face: OpenFace }[] = []

  constructor(host: HubOfFaces) {
    this.#host = host
  }

  /** The listeners of all open faces. */
  get listeners(): { face: string; address: string; connections: number }[] {
    return this.#open.flatMap(({ definition, face }) =>
      face.listeners.map((listener) => ({
        face: listener.face ?? definition.name,
        address: listener.address,
        connections: listener.connections,
      })),
    )
  }

  *samples(): Iterable<MetricSample> {
    for (const { face } of this.#open) yield* face.samples?.() ?? []
  }

  /**
   * Opens every face that the configuration enables. Rejects with the error of the first one that cannot listen. The
   * first face is opened last: a command that reaches the hub there finds all the others.
   */
  async openAll(config: HubConfig): Promise<void> {
    for (const face of (faces as readonly FaceDefinition[]).toReversed())
      await this.open(face, configOf(face, config))
    this.#open.reverse()
  }

  /** Opens one face. */
  async open<Keys extends FaceKeys>(
    definition: FaceDefinition<Keys>,
    config: FaceConfig<Keys>,
  ): Promise<OpenFace | undefined> {
    const face = await definition.open(hostOf(definition, this.#host), config)
    if (face !== undefined) this.#open.push({ definition: definition as FaceDefinition, face })
    return face
  }

  /** Passes changed keys to the faces that own them. Returns the keys that were applied. */
  async reload(config: HubConfig, changed: readonly string[]): Promise<string[]> {
    const taken = new Set<string>()
    for (const { definition, face } of this.#open) {
      const own = changed.filter((key) => isFaceKey(key, [definition]))
      if (own.length === 0 || face.reload === undefined) continue
      await face.reload(configOf(definition, config))
      for (const key of own) taken.add(key)
    }
    return [...taken]
  }

  /** Accepts no new input; requests that have begun are still answered. */
  async drain(): Promise<void> {
    await Promise.all(this.#open.map(({ face }) => face.drain?.()))
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map(({ face }) => face.close()))
  }
}

/** Returns the host for a face, whose name stands in what the face reports about its peers. */
function hostOf({ name: face }: FaceDefinition, host: HubOfFaces): FaceHost {
  const { access } = host
  return {
    ...host,
    access: {
      authorize: access.authorize,
      identify: (credentials) => access.identify({ ...credentials, face }),
      principal: (name) => access.principal(name),
      find: (name) => access.find(name),
      grant: (name, grant) => access.grant(name, grant),
      sysadm: access.sysadm,
      loginRefused: (credentials, error) => access.loginRefused({ ...credentials, face }, error),
    },
    called: (outcome) => host.called(outcome, face),
  }
}

/** Returns the largest event that any face accepts, which every client receives as its limit. */
export function maxFrameOf(config: HubConfig): number {
  const definitions: readonly FaceDefinition[] = faces
  return Math.max(
    config.limits.frame,
    ...definitions.map((face) => face.maxFrame?.(configOf(face, config)) ?? 0),
  )
}
