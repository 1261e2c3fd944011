import { AsyncLocalStorage } from 'node:async_hooks'
import type { Part } from './part.js'

/** The part whose work runs now, or has led to what runs now, by its boundary; undefined: the core. */
export const owners = new AsyncLocalStorage<Part | undefined>()
