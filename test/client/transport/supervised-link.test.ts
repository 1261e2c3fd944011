import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { DisconnectReason } from '../../../src/client/transport/disconnect-reason.js'
import { SupervisedLink, type SupervisedLinkUser } from '../../../src/client/transport/supervised-link.js'
import { encodeRecord } from '../../../src/protocols/native/codec.js'
import { concat } from '../../event/bytes.js'
import { FakeHub, welcome } from './fake-hub.js'

class User implements SupervisedLinkUser {
  readonly said: string[] = []
  onLinked(): void {
    this.said.push('linked')
  }
  onRetrying(reason: DisconnectReason): void {
    this.said.push(`retrying ${reason.code}`)
  }
  onFailed(reason: DisconnectReason): void {
    this.said.push(`failed ${reason.code}`)
  }
  onEvents(): void {}
  onRecord(): void {}
}

let hub: FakeHub
let user: User
beforeEach(() => {
  vi.useFakeTimers()
  hub = new FakeHub()
  user = new User()
})
afterEach(() => vi.useRealTimers())

const greetingAndLeaving = concat(
  encodeRecord('welcome', welcome),
  encodeRecord('goodbye', { code: 'STOP', message: 'later' }),
)

it.each([true, false])(
  'the first connection fails if the hub greets and leaves at once (reconnect: %s)',
  async (reconnect) => {
    let dialed = 0
    const link = new SupervisedLink(user, {
      dial: (events, signal) => {
        dialed++
        return hub.dial(events, signal)
      },
      hello: () => ({}),
      reconnect,
    })
    const failed = expect(link.open()).rejects.toMatchObject({
      code: 'TCN_CLIENT_UNREACHABLE',
      message: 'later',
    })
    await vi.advanceTimersByTimeAsync(0)
    hub.events.received(greetingAndLeaving)
    await failed
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(dialed).toBe(1)
    expect(link.link).toBeUndefined()
    expect(user.said).not.toContain('linked')
  },
)

it('a connection in the background is tried again if the hub greets and leaves at once', async () => {
  const link = new SupervisedLink(user, { dial: hub.dial, hello: () => ({}), reconnect: true })
  link.start()
  await vi.advanceTimersByTimeAsync(0)
  hub.events.received(greetingAndLeaving)
  await vi.advanceTimersByTimeAsync(0)
  expect(user.said).toEqual(['retrying STOP'])
  await vi.advanceTimersByTimeAsync(60_000)
  hub.say('welcome', welcome)
  await vi.advanceTimersByTimeAsync(0)
  expect(user.said.at(-1)).toBe('linked')
  link.close()
})
