import { z } from 'zod'
import type { MethodName, ResultOf } from '../../../../methods/contract/index.js'

/** A result as JSON shows it: frames become CloudEvents under `event` and `events`, other bytes become base64. */
export type Shown<T> = T extends Uint8Array
  ? string
  : T extends readonly (infer Item)[]
    ? Shown<Item>[]
    : T extends object
      ? { [Key in keyof T as ShownKey<Key, T[Key]>]: ShownItem<Key, T[Key]> }
      : T

type ShownKey<Key, Item> = Item extends Uint8Array
  ? Key extends 'frame'
    ? 'event'
    : Key extends 'frames'
      ? 'events'
      : Key
  : Key

type ShownItem<Key, Item> = Item extends Uint8Array
  ? Key extends 'frame'
    ? CloudEventObject
    : Key extends 'frames'
      ? CloudEventObject[]
      : string
  : Shown<Item>

type CloudEventObject = z.output<typeof import('../schemas.js').cloudEvent>

/** A schema for each method whose name begins with one of the areas. */
export type ResultsOf<Area extends string> = {
  [Name in Extract<MethodName, `${Area}.${string}`>]: z.ZodType<Shown<ResultOf<Name>>>
}

export const text = z.string()
export const count = z.int().min(0)
export const time = z.int().describe('µs since the epoch.')
export const micros = z.int().min(0).describe('µs')
export const more = z.boolean().describe('Whether there is more than was returned.')
export const cursor = z.string().describe('Position in the log.')
export const fault = z.object({ code: text, message: text })
