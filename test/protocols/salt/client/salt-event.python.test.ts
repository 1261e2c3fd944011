import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  getEvent,
  getMasterEvent,
  type MatchType,
  MinionEvent,
  PythonDatetime,
  SaltConnection,
  SaltConstant,
  SaltEvent,
  type SaltEventOptions,
} from '../../../../src/protocols/salt/client/index.js'
import { Bus } from './bus.js'

let bus: Bus
let subscribers = 0

beforeAll(async () => {
  bus = await Bus.start()
})

afterAll(() => bus[Symbol.asyncDispose]())

/** Returns a reader that the bus has registered, so that it receives events fired from now on. */
async function reader(options: SaltEventOptions = {}): Promise<SaltEvent> {
  const event = await getEvent('master', { sockDir: bus.sockDir, transport: 'zeromq', ...options })
  await bus.says('subscribed', ++subscribers)
  return event
}

async function fire(...tags: string[]): Promise<void> {
  await using event = new SaltEvent('master', { sockDir: bus.sockDir, listen: false })
  for (const tag of tags) expect(await event.fireEvent({ of: tag }, tag)).toBe(true)
}

const full = true

describe('getEvent', () => {
  it('returns the data of the next event, and with full also its tag', async () => {
    await using event = await reader()
    await fire('a/1', 'a/2')
    expect(await event.getEvent()).toEqual({ of: 'a/1', _stamp: expect.any(String) })
    expect(await event.getEvent({ full })).toEqual({
      tag: 'a/2',
      data: expect.objectContaining({ of: 'a/2' }),
    })
  })

  it('returns null if nothing matches within wait; other events are discarded', async () => {
    await using event = await reader()
    await fire('b/1', 'b/2', 'c/1')
    expect(await event.getEvent({ tag: 'c/', wait: 2 })).toMatchObject({ of: 'c/1' })
    expect(await event.getEvent({ tag: 'b/', wait: 0.05 })).toBeNull()
  })

  it('loses nothing when it times out', async () => {
    await using event = await reader()
    for (let turn = 0; turn < 20; turn++) expect(await event.getEvent({ wait: 0.001 })).toBeNull()
    await fire('d/1', 'd/2', 'd/3')
    const tags: string[] = []
    while (tags.length < 3) {
      const got = await event.getEvent({ wait: 0.001, full })
      if (got !== null) tags.push(got.tag)
    }
    expect(tags).toEqual(['d/1', 'd/2', 'd/3'])
  })

  it('waits indefinitely with wait 0', async () => {
    await using event = await reader()
    const waiting = event.getEvent({ wait: 0 })
    await fire('e/1')
    expect(await waiting).toMatchObject({ of: 'e/1' })
  })

  it('checks one event with noBlock, and discards it if it does not match', async () => {
    await using event = await reader()
    expect(await event.getEvent({ noBlock: true })).toBeNull()
    await fire('f/1', 'f/2')
    await expect.poll(() => event.getEvent({ noBlock: true, tag: 'f/2' })).not.toBeNull()
    expect(await event.getEvent({ wait: 0.05 })).toBeNull()
  })

  it.each<[MatchType | undefined, string]>([
    [undefined, 'g/one'],
    ['endswith', 'one/ret'],
    ['find', '/one/'],
    ['regex', 'g/.*/r|zz'],
    ['fnmatch', 'g/*/ret'],
  ])('matches by %s', async (matchType, tag) => {
    await using event = await reader()
    await fire('h/two/xyz', 'g/one/ret')
    expect(await event.getEvent({ tag, matchType })).toMatchObject({ of: 'g/one/ret' })
  })

  it('uses the match type of the options, and the default for an unknown one', async () => {
    await using event = await reader({ opts: { event_match_type: 'find' } })
    await fire('g/one')
    expect(await event.getEvent({ tag: 'one', matchType: 'no such' as MatchType })).not.toBeNull()
  })

  it('returns an exit event when its signal is aborted, like Salt on Ctrl-C', async () => {
    await using event = await reader()
    const abort = new AbortController()
    const waiting = event.getEvent({ wait: 0, full, signal: abort.signal })
    abort.abort()
    expect(await waiting).toEqual({ tag: 'salt/event/exit', data: {} })
  })

  it('allows one pending call at a time', async () => {
    await using event = await reader()
    const waiting = event.getEvent({ wait: 0.05 })
    await expect(event.getEvent()).rejects.toMatchObject({ code: 'TCN_SALT_IN_USE' })
    await waiting
  })

  it('refuses an unsupported pattern, and a tag that is not text', async () => {
    await using event = await reader()
    const wrong = event.getEvent({ tag: '(?=a)', matchType: 'regex' })
    await expect(wrong).rejects.toMatchObject({ code: 'TCN_FILTER_REGEX' })
    await expect(event.getEvent({ tag: 5 as never })).rejects.toMatchObject({ code: 'TCN_SALT_TAG' })
  })

  it('skips and counts data that is not an event', async () => {
    await using event = await reader()
    await using raw = await SaltConnection.open({ path: bus.addresses.pull })
    for (const body of ['no separator', '\n\n\x80', 'tag\n\n\xc1', 'tag\n\n\x80\x80']) {
      await raw.send(Buffer.from(body, 'latin1'))
    }
    await raw.send(Buffer.from('list\n\n\x91\x01', 'latin1'))
    const got = await event.getEvent({ full, tag: 'list' })
    expect(got).toEqual({ tag: 'list', data: [1] })
    expect(event.malformed).toBe(3)
  })
})

describe('subscribed tags', () => {
  it('are kept by a call that skips them; the oldest match is returned first', async () => {
    await using event = await reader()
    event.subscribe('keep/')
    event.subscribe('keep/', 'startswith')
    await fire('keep/1', 'drop/1', 'keep/2', 'end')
    await event.getEvent({ tag: 'end' })
    expect(await event.getEvent({ tag: 'drop/', wait: 0.02 })).toBeNull()
    expect(await event.getEvent()).toMatchObject({ of: 'keep/1' })
    event.unsubscribe('keep/')
    expect(await event.getEvent({ tag: 'keep/2' })).toMatchObject({ of: 'keep/2' })
    event.unsubscribe('keep/')
    expect(() => event.unsubscribe('keep/')).toThrow(/no subscription/)
  })

  it('are dropped when the last subscription ends, and by closePub', async () => {
    await using event = await reader()
    for (const tag of ['x/', 'y/']) event.subscribe(tag)
    await fire('x/1', 'y/1', 'y/2', 'end')
    await event.getEvent({ tag: 'end' })
    event.unsubscribe('x/')
    expect(await event.getEvent({ tag: 'x/', wait: 0.02 })).toBeNull()
    expect(await event.getEvent({ tag: 'y/1', wait: 0.02 })).not.toBeNull()
    event.closePub()
    expect(await event.getEvent({ tag: 'y/2', wait: 0.02 })).toBeNull()
    subscribers++
  })

  it('are limited: the oldest are dropped and counted', async () => {
    await using event = await reader({ maxPending: 2 })
    event.subscribe('keep/')
    await fire('keep/1', 'keep/2', 'keep/3', 'end')
    await event.getEvent({ tag: 'end' })
    expect(event.dropped).toBe(1)
    expect(await event.getEvent({ tag: 'keep/' })).toMatchObject({ of: 'keep/2' })
  })
})

describe('other ways to read', () => {
  it('iterEvents continues until its signal is aborted', async () => {
    await using event = await reader()
    const abort = new AbortController()
    await fire('i/1', 'j/1', 'i/2')
    const seen: unknown[] = []
    for await (const data of event.iterEvents({ tag: 'i/', signal: abort.signal })) {
      seen.push(data.of)
      if (seen.length === 2) abort.abort()
    }
    expect(seen).toEqual(['i/1', 'i/2'])
  })

  it('iterEvents with full and a regular expression returns tags', async () => {
    await using event = new MinionEvent({}, { listen: false })
    expect(event.cpub).toBe(false)
    await using master = await getMasterEvent({ sock_dir: bus.sockDir })
    await bus.says('subscribed', ++subscribers)
    await fire('custom/a')
    for await (const { tag } of master.iterEvents({ full, matchType: 'regex', tag: 'custom/.*' })) {
      expect(tag).toBe('custom/a')
      break
    }
  })

  it('getEventBlock and getEventNoblock return the next event', async () => {
    await using event = await reader()
    expect(await event.getEventNoblock()).toBeNull()
    await fire('k/1', 'k/2')
    expect(await event.getEventBlock()).toMatchObject({ tag: 'k/1' })
    await expect.poll(() => event.getEventNoblock()).toMatchObject({ tag: 'k/2' })
  })

  it('a handler receives raw bodies, and other calls can no longer read', async () => {
    await using event = await reader()
    const seen: string[] = []
    event.setEventHandler((raw) => void seen.push(SaltEvent.unpack(raw)[0]))
    await fire('l/1', 'l/2')
    await expect.poll(() => seen).toEqual(['l/1', 'l/2'])
    await expect(event.getEvent()).rejects.toMatchObject({ code: 'TCN_SALT_IN_USE' })
  })
})

describe('values', () => {
  it('are returned unchanged, with bytes and text kept apart', async () => {
    await using event = await reader()
    const data = {
      text: 'hé',
      bytes: Uint8Array.of(0, 255),
      list: [1, -2, 300, 1.5, null, true],
      large: 2n ** 63n,
      time: new PythonDatetime(1_704_164_645_000_006),
      constant: new SaltConstant('REQUIRED', 1),
      nested: { map: new Map<unknown, unknown>([[1, 'one']]) },
    }
    await event.fireEvent({ ...data, huge: 2n ** 70n }, 'values')
    const { _stamp, ...got } = (await event.getEvent())!
    expect(got).toEqual({ ...data, huge: '1180591620717411303424' })
    expect(_stamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$/)
  })
})
