import type { KeyPath } from '../../config/problem.js'
import type { ConfigStore } from '../../config/store/store.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { type Effect, effectOf } from '../config/effects.js'
import type { HubConfig } from '../config/index.js'

export type HubConfigStore = ConfigStore<HubConfig>

/** What the methods for the configuration use. Throws TCN_CONFIG_ABSENT. */
export function configurationOf(store: HubConfigStore | undefined): {
  store: HubConfigStore
  effectOf(path: KeyPath): Effect
} {
  const effect = (path: KeyPath) => effectOf(path) ?? 'restart'
  if (store !== undefined) return { store, effectOf: effect }
  throw new TocsinError(
    'TCN_CONFIG_ABSENT',
    'this hub keeps nothing on disk, so its configuration is not kept',
  )
}
