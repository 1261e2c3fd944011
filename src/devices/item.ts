import { z } from 'zod'

/** The steps of an item, in their order. */
export const pushSteps = [
  'audit',
  'connect',
  'lock',
  'edit',
  'validate',
  'commit',
  'confirm',
  'unlock',
] as const
export type PushStep = (typeof pushSteps)[number]

export const pushStates = ['waiting', 'executing', 'locked', 'completed', 'failed'] as const
export type PushState = (typeof pushStates)[number]

const item = z.object({
  /** µs since the epoch when it was added; no two are the same. */
  id: z.int(),
  device: z.string(),
  user: z.string(),
  usid: z.int(),
  change: z.string(),
  /** Seconds after which the device returns to the configuration before, if it is not confirmed. */
  confirm: z.int(),
  state: z.enum(pushStates),
  step: z.enum(pushSteps).optional(),
  /** When it entered the state or the step, µs since the epoch. */
  since: z.int(),
  attempts: z.int(),
  reason: z.string().optional(),
  /** The configuration that the device has now. */
  has: z.enum(['old', 'new', 'unknown']).optional(),
  /** Digests of the parts that the change is about: before it, and while it is not confirmed. */
  before: z.string().optional(),
  after: z.string().optional(),
})
/** The reason of an item that is being deleted. */
export const DELETED = 'it was deleted'

/** A change that waits for a device, or was sent to it. */
export type PushItem = z.infer<typeof item>

export function readItem(value: Uint8Array): PushItem {
  return item.parse(JSON.parse(Buffer.from(value).toString()))
}

export function writeItem(pushed: PushItem): Uint8Array {
  return Buffer.from(JSON.stringify(pushed))
}

/** Those of a device follow each other in the order in which they were added. */
export function keyOfItem({ device, id }: Pick<PushItem, 'device' | 'id'>): string {
  return `${device}/${String(id).padStart(17, '0')}`
}

export function isOver({ state }: PushItem): boolean {
  return state === 'completed' || state === 'failed'
}

export function deletedItem(pushed: PushItem): PushItem {
  return { ...pushed, state: 'failed', step: undefined, reason: DELETED }
}

/** An item that is over is kept without the change, which may have secrets in it. */
export function overItem(pushed: PushItem): PushItem {
  return { ...pushed, change: '', before: undefined, after: undefined }
}
