import { defined, type PartConfig, type PartDefinition, type PartKeys } from '../parts/definition.js'
import type { ObservedHub } from './observed-hub.js'

/**
 * A part that the hub tells what happens in it, and that publishes it. `src/observers/index.ts` lists all of them. The
 * definition is loaded with every hub, so it must import nothing heavy: `open` imports the code that observes.
 */
export interface ObserverDefinition<Keys extends PartKeys = PartKeys>
  extends PartDefinition<PartConfig<Keys>> {
  readonly config: Keys
  /** Returns whether the configuration asks for it. */
  isWanted(config: PartConfig<Keys>): boolean
  /** Begins to observe. If it rejects, it observes nothing. */
  open(hub: ObservedHub, config: PartConfig<Keys>): Promise<Observer<Keys>>
}

/** An observer that has begun. */
export interface Observer<Keys extends PartKeys = PartKeys> {
  /** Takes over a changed configuration, which still wants it. It must not throw. */
  change(config: PartConfig<Keys>): void
  /** Publishes its last events and ends, before the bus closes. What waits for it continues. */
  stop(): void
  /** Ends while the hub goes on. */
  close(): void
}

/** Infers the keys of a definition, and adds its errors to the catalogue. */
export function defineObserver<const Keys extends PartKeys>(
  definition: ObserverDefinition<Keys>,
): ObserverDefinition<Keys> {
  return defined(definition)
}
