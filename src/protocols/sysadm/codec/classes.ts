import { tagSegment } from '../../../event/tag.js'

/** The classes of events, under the names that `subscribe` knows, and the tags of their events. */
export const sysadmClasses = {
  dispatcher: 'sysadm/dispatcher/',
  'life-preserver': 'sysadm/life-preserver/',
  'system-state': 'sysadm/system-state',
  bridge: 'sysadm/bridge',
} as const

export type SysadmClass = keyof typeof sysadmClasses

/** Classes to which a client can subscribe. `tocsin`: all events of a hub; genuine servers do not know it. */
export const subscribableClasses = ['dispatcher', 'life-preserver', 'system-state', 'tocsin'] as const

/** Prefix of the tags of all events of SysAdm. */
export const SYSADM_TAGS = 'sysadm/'

/** Returns the class of an event by its tag. */
export function classOfTag(tag: string): SysadmClass | undefined {
  for (const [name, tags] of Object.entries(sysadmClasses)) {
    if (tags.endsWith('/') ? tag.startsWith(tags) : tag === tags) return name as SysadmClass
  }
  return undefined
}

/** Returns the tag of the events of a job. Its id is one segment, whatever characters it has. */
export function dispatcherTag(job: string): string {
  return sysadmClasses.dispatcher + tagSegment(job)
}

/** Returns the tag of the events of a class of Life Preserver: `snapshot`, `replication`. */
export function lifePreserverTag(kind: string): string {
  return sysadmClasses['life-preserver'] + tagSegment(kind)
}
