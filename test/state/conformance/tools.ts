import type { Bucket, StateEntry, StateStore } from '../../../src/state/state-store.js'

/** An engine as the conformance suite sees it. */
export interface StateHarness {
  /** Opens a new, empty store. The suite closes it. */
  open(): Promise<StateStore>
  /** Closes the store and opens it again; left out by engines that keep nothing. */
  reopen?(store: StateStore): Promise<StateStore>
  /** Lets this number of ms pass for the store, timers included. */
  pass(ms: number): Promise<void>
}

/** Registers a test that gets a new store. */
export type StateTest = (name: string, run: (store: StateStore) => Promise<void>) => void

export function text(content: string): Uint8Array {
  return Uint8Array.from(Buffer.from(content))
}

export function textOf({ value }: { value: Uint8Array }): string {
  return Buffer.from(value).toString()
}

export async function read(bucket: Bucket, key: string): Promise<[string, number] | undefined> {
  const entry: StateEntry | undefined = await bucket.get(key)
  return entry && [textOf(entry), entry.revision]
}

export async function keysOf(bucket: Bucket, prefix?: string, after?: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of bucket.list(prefix, after)) keys.push(key)
  return keys
}

export function isRising(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number > numbers[at - 1])
}
