import type { Effect } from '../../config/json-schema.js'
import type { KeyPath } from '../../config/problem.js'
import type { ConfigStore } from '../../config/store/store.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { HubConfig } from '../config/index.js'
import { effectOf } from '../config/index.js'

export type HubConfigStore = ConfigStore<HubConfig>

/** Returns the store for methods. Throws TCN_CONFIG_ABSENT. */
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
