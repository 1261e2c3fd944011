import { endedInTime, type Runtime } from '../event/runtime.js'
import type { Boundary } from '../parts/boundary.js'
import type { EventPolicy } from './event-policy.js'
import type { Source } from './source.js'

const DRAIN_TIMEOUT_MS = 3_000

/** The source between one start and stop. The context of an instance that is over ignores all calls. */
export interface SourceInstance {
  source: Source
  boundary: Boundary
  over: boolean
  /** Its position is stored for the last time: it may say until then how far it has come. */
  stored: boolean
  startedAt: number
  policy?: EventPolicy
}

/** It publishes nothing from now on. */
export function conclude(instance: SourceInstance): void {
  instance.policy?.close()
  instance.over = true
}

/** Concludes it when it has published what was handed over to it before, or after a few seconds. */
export async function drain(instance: SourceInstance, runtime: Runtime): Promise<void> {
  const { source, boundary } = instance
  const drained = boundary.run(async () => source.drain?.())
  await endedInTime(runtime, drained, DRAIN_TIMEOUT_MS)
  conclude(instance)
}
