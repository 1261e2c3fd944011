import { AsyncLocalStorage } from 'node:async_hooks'
import type { Boundary } from './boundary.js'

/** The part whose work runs now, or has led to what runs now; undefined: the core. */
export const owners = new AsyncLocalStorage<Boundary | undefined>()
