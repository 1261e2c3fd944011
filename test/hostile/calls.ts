import { expect } from 'vitest'
import type { Talk } from './hostile-server.js'

/** What a program tells that has made each call of a client against one hub. */
export interface Told {
  outcomes: { call: string; ms: number; error?: { isOurs: boolean; code: string; text: string } }[]
  /** Errors that reached nobody. */
  strays: string[]
  grownMib: number
}

/** Begins when the client has said something. */
export const afterHello =
  (talk: Talk): Talk =>
  (socket) =>
    void socket.once('data', () => talk(socket))

/** Each call has ended in its time, and with an error of the client if it failed. */
export function expectOurs({ outcomes, strays, grownMib }: Told, longestMs: number, mostMib: number): void {
  expect(strays).toEqual([])
  for (const { call, ms, error } of outcomes) {
    expect(ms, call).toBeLessThan(longestMs)
    if (error === undefined) continue
    expect([call, error.isOurs, error.text]).toEqual([call, true, error.text])
    expect(error.code, call).toMatch(/^TCN_[A-Z0-9_]+$/)
  }
  expect(grownMib).toBeLessThan(mostMib)
}
