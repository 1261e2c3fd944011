import { z } from 'zod'

/** The values that results consist of. They are for descriptions: no result is checked with them. */

export const text = z.string()
export const count = z.int().min(0)
export const time = z.int().describe('µs since the epoch.')
export const micros = z.int().min(0).describe('µs')
export const more = z.boolean().describe('True if there is more than was returned.')
export const cursor = z.string().describe('Position in the log.')
export const fault = z.object({ code: text, message: text })
export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)
export const seqRange = { from: count, to: count }
