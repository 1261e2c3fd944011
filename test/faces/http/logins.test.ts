import type { IncomingMessage } from 'node:http'
import { beforeEach, describe, expect, it } from 'vitest'
import { IDLE_MS, Logins } from '../../../src/faces/http/console/logins.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const principal = { name: 'ann', source: 'ann' }

let runtime: FakeRuntime
let logins: Logins

beforeEach(() => {
  runtime = new FakeRuntime()
  logins = new Logins(runtime)
})

const requestWith = (secret: string) =>
  ({
    headers: { host: '127.0.0.1:4580', cookie: `tocsin-4580=${secret}`, 'x-tocsin-console': '1' },
  }) as unknown as IncomingMessage

describe('a login to the console', () => {
  it('ends after its lifetime, however much it is used, with all that was opened with it', () => {
    const request = requestWith(logins.begin({ principal }, 3 * IDLE_MS))
    const ended = logins.identify(request)?.ended
    for (let n = 0; n < 5; n++) {
      runtime.advance(IDLE_MS / 2)
      expect(logins.identify(request)?.principal).toBe(principal)
    }
    expect(ended?.aborted).toBe(false)
    runtime.advance(IDLE_MS / 2)
    expect(ended?.aborted).toBe(true)
    expect(logins.identify(request)).toBeUndefined()
  })

  it('without a lifetime goes on as long as it is used', () => {
    const request = requestWith(logins.begin({ principal }))
    for (let n = 0; n < 20; n++) {
      runtime.advance(IDLE_MS / 2)
      expect(logins.identify(request)?.principal).toBe(principal)
    }
    runtime.advance(IDLE_MS)
    expect(logins.identify(request)).toBeUndefined()
  })

  it('that was ended earlier leaves no timer behind', () => {
    const request = requestWith(logins.begin({ principal }, IDLE_MS))
    expect(runtime.pending).toBe(1)
    logins.end(request)
    expect(runtime.pending).toBe(0)
    expect(logins.identify(request)).toBeUndefined()
  })
})
