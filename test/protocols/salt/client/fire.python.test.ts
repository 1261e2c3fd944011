import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decode } from '../../../../src/event/msgpack/decoder.js'
import { Caller, getEvent, MinionEvent, SaltEvent } from '../../../../src/protocols/salt/client/index.js'
import { Bus } from './bus.js'

const now = (): number => 1_795_149_753_603_103
const STAMP = '2026-11-20T04:42:33.603103'
let bus: Bus

beforeAll(async () => {
  bus = await Bus.start({ minion: 'min1' })
})

afterAll(() => bus[Symbol.asyncDispose]())

const opts = (more: object = {}) => ({ id: 'min1', sock_dir: bus.sockDir, ...more })

function sender(): SaltEvent {
  return new MinionEvent(opts(), { now, listen: false })
}

/** Returns the last event pulled after the first `before` ones. */
async function pulled(before: number): Promise<[string, unknown]> {
  await expect.poll(() => bus.pulled.length).toBeGreaterThan(before)
  const frame = decode(Buffer.from(bus.pulled.at(-1)!, 'hex')) as { body: Uint8Array }
  return SaltEvent.unpack(frame.body)
}

describe('fireEvent', () => {
  it('writes the same bytes as Salt', async () => {
    await using event = sender()
    const before = bus.pulled.length
    expect(await event.fireEvent({ a: 1 }, 'my/tag')).toBe(true)
    expect(await event.fireMaster({ d: 1 }, 'to/master')).toBe(true)
    await expect
      .poll(() => bus.pulled.slice(before))
      .toEqual([
        '82a46865616480a4626f6479c42e6d792f7461670a0a82a16101a65f7374616d70ba323032362d31312d32305430343a34323a33332e363033313033',
        expect.stringMatching(
          /^82a46865616480a4626f6479c457666972655f6d61737465720a0a85a3746167a9746f2f6d6173746572a46461/,
        ),
      ])
  })

  it("sets the time, replaces an existing one, and does not change the caller's data", async () => {
    await using event = sender()
    const before = bus.pulled.length
    const data = Object.freeze({ _stamp: 'mine', b: 1 })
    await event.fireEvent(data, Buffer.from('stämp'))
    const [tag, got] = await pulled(before)
    expect([tag, Object.entries(got as object)]).toEqual([
      'stämp',
      [
        ['_stamp', STAMP],
        ['b', 1],
      ],
    ])
  })

  it('trims to max_event_size', async () => {
    const before = bus.pulled.length
    await using event = new SaltEvent('min1', { opts: opts({ max_event_size: 1000 }), now, listen: false })
    await event.fireEvent({ large: 'x'.repeat(2000), list: ['y'] }, 'trim')
    expect((await pulled(before))[1]).toEqual({ large: 'VALUE_TRIMMED', list: ['y'], _stamp: STAMP })
  })

  it('names the minion if its process runs several', async () => {
    await using event = new MinionEvent(opts({ subproxy: true }), { now, listen: false })
    const before = bus.pulled.length
    await event.fireEvent(new Map<unknown, unknown>([[1, 2]]), 'sub')
    expect((await pulled(before))[1]).toEqual(
      new Map<unknown, unknown>([
        [1, 2],
        ['_stamp', STAMP],
        ['proxy_target', 'min1'],
      ]),
    )
  })

  it.each<[string, unknown, unknown, string]>([
    ['an empty tag', {}, '', 'TCN_TAG_EMPTY'],
    ['a number as tag', {}, 5, 'TCN_SALT_TAG'],
    ['a list as data', [1], 'tag', 'TCN_SALT_DATA'],
    ['text as data', 'x', 'tag', 'TCN_SALT_DATA'],
    ['no data', null, 'tag', 'TCN_SALT_DATA'],
    ['a date as data', new Date(0), 'tag', 'TCN_SALT_DATA'],
    ['a tag with the separator in it', {}, 'a\n\nb', 'TCN_TAG_CONTROL'],
  ])('refuses %s', async (_, data, tag, code) => {
    await using event = sender()
    await expect(event.fireEvent(data as never, tag as never)).rejects.toMatchObject({ code })
  })

  it.each(['a\n\nb', 'a\n', Buffer.from('a\n')])(
    'refuses the tag %j, whether a bus answers or not',
    async (tag) => {
      await using event = new MinionEvent(opts({ id: 'nobody' }), { listen: false })
      const code = 'TCN_TAG_CONTROL'
      await expect(event.fireEvent({}, tag, 0)).rejects.toMatchObject({ code })
      await expect(event.fireMaster({}, tag as string, 0)).rejects.toMatchObject({ code })
      const caller = new Caller(opts())
      await expect(caller.cmd('event.fire_master', {}, tag as string)).rejects.toMatchObject({ code })
    },
  )

  it('accepts other control characters, like Salt', async () => {
    await using event = sender()
    const before = bus.pulled.length
    await event.fireEvent({}, 'a\nb\t')
    expect((await pulled(before))[0]).toBe('a\nb\t')
  })

  it('reports an empty tag and data that is not a map with the words of Salt', async () => {
    await using event = sender()
    await expect(event.fireEvent({}, '')).rejects.toThrow('Empty tag.')
    await expect(event.fireEvent('x' as never, 'tag')).rejects.toThrow("Dict object expected, not 'x'.")
  })

  it('returns false if no bus answers before the timeout, and waits for a bus that starts', async () => {
    await using gone = await Bus.start()
    await gone.stop()
    await using event = new SaltEvent('master', { sockDir: gone.sockDir, listen: false })
    expect(await event.fireEvent({}, 'tag', 20)).toBe(false)
    expect(event.connectError).toMatchObject({ code: 'TCN_SALT_CLOSED' })
    const waiting = event.fireEvent({}, 'tag', 10_000)
    await gone.start()
    expect(await waiting).toBe(true)
  })

  it('throws once when its connection is lost, and then reconnects', async () => {
    await using own = await Bus.start()
    await using event = new SaltEvent('master', { sockDir: own.sockDir, listen: false })
    await event.fireEvent({}, 'one')
    await expect.poll(() => own.pulled.length).toBe(1)
    await own.stop()
    await expect.poll(() => closedCode(event)).toBe('TCN_SALT_CLOSED')
    expect(event.cpush).toBe(false)
    await own.start()
    expect(await event.fireEvent({}, 'three')).toBe(true)
  })
})

async function closedCode(event: SaltEvent): Promise<unknown> {
  return await event.fireEvent({}, 'two', 0).catch((error) => error.code)
}

describe('fireRetLoad', () => {
  const failed = { result: false, comment: 'no' }
  const load = { jid: '7', id: 'min1', fun: 'state.sls', retcode: 2, user: 'root' }
  const chunks = { 'pkg_|-vim_|-vim_|-installed': failed, 'file_|-a_|-a_|-managed': { result: true } }

  async function tagsOf(ret: Parameters<SaltEvent['fireRetLoad']>[0]): Promise<[string, unknown][]> {
    await using event = sender()
    const before = bus.pulled.length
    await event.fireRetLoad(ret)
    await event.fireEvent({}, 'end')
    await expect.poll(async () => (await pulled(before))[0]).toBe('end')
    return bus.pulled
      .slice(before, -1)
      .map((hex) => SaltEvent.unpack((decode(Buffer.from(hex, 'hex')) as { body: Uint8Array }).body))
  }

  it('fires two events for each failed state', async () => {
    expect(await tagsOf({ ...load, return: chunks })).toEqual([
      ['pkg.installed', { ...failed, retcode: 2, _stamp: STAMP }],
      [
        'salt/job/7/sub/min1/error/state.sls',
        {
          ...failed,
          retcode: 2,
          jid: '7',
          id: 'min1',
          success: false,
          return: 'Error: pkg.installed',
          fun: 'state.sls',
          user: 'root',
          _stamp: STAMP,
        },
      ],
    ])
  })

  it('fires nothing for other functions, and for successful runs', async () => {
    expect(await tagsOf({ ...load, fun: 'test.ping', return: chunks })).toEqual([])
    expect(await tagsOf({ ...load, retcode: 0, return: chunks })).toEqual([])
  })

  it('supports jobs of several functions', async () => {
    const fun = ['test.ping', 'state.highstate']
    const inOrder = await tagsOf({ ...load, fun, retcode: [0, 2], return: [true, chunks] })
    const byName = await tagsOf({
      ...load,
      fun,
      retcode: { 'test.ping': 0, 'state.highstate': 2 },
      return: { 'test.ping': true, 'state.highstate': chunks },
    })
    expect(inOrder.map(([tag]) => tag)).toEqual([
      'pkg.installed',
      'salt/job/7/sub/min1/error/state.highstate',
    ])
    expect(byName).toEqual(inOrder)
  })
})

describe('Caller', () => {
  it('event.send goes to the master through the minion', async () => {
    const before = bus.pulled.length
    const caller = new Caller(opts())
    const data = { success: true, message: 'It works!' }
    expect(await caller.cmd('event.send', 'myco/event/success', data, { kwargs: { a: 1 } })).toBe(true)
    expect(await pulled(before)).toEqual([
      'fire_master',
      {
        data: { a: 1, __pub_fun: 'event.send', ...data },
        tag: 'myco/event/success',
        events: null,
        pretag: null,
        _stamp: expect.any(String),
      },
    ])
  })

  it('event.send stays local without a master, and adds the requested data', async () => {
    const before = bus.pulled.length
    const caller = new Caller(opts({ file_client: 'local', grains: { role: 'web', rack: 3 } }))
    await caller.cmd('event.send', 'a', undefined, {
      with_env: ['PATH'],
      with_grains: true,
      with_env_opts: true,
    })
    expect(await pulled(before)).toMatchObject([
      'a',
      {
        environ: { PATH: process.env.PATH },
        grains: { role: 'web', rack: 3 },
        saltenv: 'base',
        pillarenv: null,
      },
    ])
    expect(await caller.cmd('event.fire_master', {}, 'a')).toBe(false)
  })

  it('event.fire and event.fire_master expect the data first', async () => {
    const caller = new Caller(opts())
    let before = bus.pulled.length
    await caller.cmd('event.fire', { data: 'x' }, 'tag')
    expect(await pulled(before)).toEqual(['tag', { data: 'x', _stamp: expect.any(String) }])
    before = bus.pulled.length
    await caller.cmd('event.fire_master', { data: 'x' }, 'tag')
    expect(await pulled(before)).toMatchObject(['fire_master', { data: { data: 'x' }, tag: 'tag' }])
  })

  it('with preload the event is on the bus of the master, as it would arrive there', async () => {
    await using master = await Bus.start()
    const caller = new Caller(opts(), { sock_dir: master.sockDir })
    const preload = { pretag: 'site', cmd: 'mine' }
    expect(await caller.cmd('event.send', 'my/tag', { a: 1 }, { preload })).toBe(true)
    expect(await caller.cmd('event.fire_master', { a: 1 }, 'my/tag', { preload: true })).toBe(true)
    await expect.poll(() => master.pulled.length).toBe(2)
    const of = (hex: string) =>
      SaltEvent.unpack((decode(Buffer.from(hex, 'hex')) as { body: Uint8Array }).body)
    const data = { __pub_fun: 'event.send', a: 1 }
    const known = { id: 'min1', tag: 'my/tag', _stamp: expect.any(String) }
    expect(of(master.pulled[0])).toEqual(['my/tag', { ...known, data, cmd: 'mine', pretag: 'site' }])
    expect(of(master.pulled[1])).toEqual(['my/tag', { ...known, data: { a: 1 }, cmd: '_minion_event' }])
    expect(await caller.cmd('event.send', 'b', {}, { preload: {}, timeout: 1 })).toBe(true)
    expect(master.pulled.length).toBe(2)
  })

  it('resolves to false when no bus answers, and refuses functions that require Salt itself', async () => {
    const nobody = new Caller({ id: 'nobody', sock_dir: bus.sockDir })
    expect(await nobody.cmd('event.send', 'a', {}, { timeout: 0 })).toBe(false)
    const code = 'TCN_SALT_FUNCTION'
    await expect(nobody.cmd('test.ping' as 'event.send', '')).rejects.toMatchObject({ code })
    const pillar = (with_pillar: boolean) => ({ timeout: 0, with_pillar }) as never
    await expect(nobody.cmd('event.send', 'a', {}, pillar(true))).rejects.toThrow('only a master can compile')
    expect(await nobody.cmd('event.send', 'a', {}, pillar(false))).toBe(false)
  })
})

describe('a fired event', () => {
  it('reaches readers on the same minion', async () => {
    await using event = await getEvent('minion', { sockDir: bus.sockDir, opts: { id: 'min1' } })
    await bus.says('subscribed')
    await new Caller(opts()).cmd(
      'event.fire',
      { data: 'message for the minion' },
      'customtag/african/unladen',
    )
    expect(await event.getEvent({ tag: 'customtag/' })).toMatchObject({ data: 'message for the minion' })
  })
})
