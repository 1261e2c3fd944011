import { defineTypes } from '../../../types/event-type.js'
import { cloudTypes } from './cloud.js'
import { jobTypes } from './jobs.js'
import { masterTypes } from './master.js'
import { masterJobTypes } from './master-jobs.js'
import { minionTypes } from './minion.js'
import { toEventType } from './salt-event.js'

export type * from './cloud.js'
export type * from './jobs.js'
export type * from './master.js'
export type * from './master-jobs.js'
export type * from './minion.js'

/** The events that Salt sends on the buses of its masters and minions. */
export const saltTypes = defineTypes(
  [...jobTypes, ...masterJobTypes, ...masterTypes, ...cloudTypes, ...minionTypes].map(toEventType),
)
