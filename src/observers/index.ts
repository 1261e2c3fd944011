import { ncsObserver } from './ncs/index.js'

/** All observers of the hub. */
export const observers = [ncsObserver] as const
