import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { TocsinError } from '../../src/errors/tocsin-error.js'
import { eventually } from '../faults/eventually.js'
import { type Random, randomFrom } from '../fuzz/mutations.js'
import { repeats } from '../helpers/repeats.js'
import { freePorts, holdPort, LiveHub } from './live-hub.js'

const seed = Number(process.env.CONFIG_SEED ?? Math.floor(Math.random() * 2 ** 32))
const COMMITS = repeats(30, 5000)

it(
  'after any commits of faces and sources, a hub is like one that was started with the same file',
  async () => {
    console.log(`commits: CONFIG_SEED=${seed}`)
    const below = randomFrom(seed)
    await using live = await LiveHub.start()
    const ports = await freePorts(4)
    await using taken = await holdPort(0)
    const results = { final: 0, refused: 0 }
    for (let round = 0; round < COMMITS; round++) {
      const before = { text: live.text, listeners: await live.listeners() }
      const values = Object.fromEntries(
        Array.from({ length: 1 + below(3) }, () => randomChange(live, below, [...ports, taken.port])),
      )
      const outcome = await live.commit(values).then(
        () => 'final' as const,
        (error: TocsinError) => expectRefusal(error, JSON.stringify(values)),
      )
      results[outcome]++
      if (outcome === 'refused')
        expect({ text: live.text, listeners: await live.listeners() }, JSON.stringify(values)).toEqual(before)
    }
    expect(results.final).toBeGreaterThan(COMMITS / 4)
    expect(results.refused).toBeGreaterThan(0)

    // Those who said goodbye are closed at last.
    const listeners = await live.listeners()
    const sources = await sourcesOf(live)
    await live.stop()
    await live.open()
    expect((await live.listeners()).toSorted()).toEqual(listeners.toSorted())
    expect(await sourcesOf(live)).toEqual(sources)
  },
  150_000 + COMMITS * 1_000,
)

it('keeps no descriptor of listeners and sources that are gone', async () => {
  const below = randomFrom(seed)
  await using live = await LiveHub.start()
  const ports = await freePorts(4)
  const clear = { salt: undefined, ncs: undefined, sysadm: undefined, 'sources.files': undefined }
  const all = async () => {
    for (let round = 0; round < 20; round++)
      await live
        .commit(Object.fromEntries([randomChange(live, below, ports)]))
        .catch((error: TocsinError) => expectRefusal(error, ''))
    for (const [key, value] of Object.entries({ ...clear, 'listen.http': 'off', 'listen.tcp': 'off' }))
      await live.commit({ [key]: value }).catch((error: TocsinError) => expectRefusal(error, key))
    await live.commit({ 'listen.unix': [{ path: live.path('tocsin.sock') }] }).catch(() => undefined)
  }
  await all()
  const before = readdirSync('/proc/self/fd').length
  for (let times = 0; times < 3; times++) await all()
  await eventually(() => readdirSync('/proc/self/fd').length <= before)
})

/** Nothing to change, two listeners at one address, or an address that another program holds. */
function expectRefusal(error: TocsinError, of: string): 'refused' {
  const codes = ['TCN_CONFIG_UNCHANGED', 'TCN_CONFIG_INVALID', 'TCN_CONFIG_APPLY', 'TCN_CONFIG_EDIT']
  expect(codes, `${of}: ${error.message}`).toContain(error.code)
  return 'refused'
}

function randomChange(live: LiveHub, below: Random, ports: readonly number[]): [string, unknown] {
  const one = <Item>(items: readonly Item[]): Item => items[below(items.length)]
  const address = () => `127.0.0.1:${one(ports)}`
  const own = { path: live.path('tocsin.sock') }
  const more = () => ({ path: live.path(`${one(['a', 'b'])}.sock`) })
  const files = () =>
    ['x', 'y', 'z']
      .filter(() => below(2) === 0)
      .map((name) => ({ name, lines: [live.path(`${name}.log`)], silentAfter: one(['off', '1h']) }))
  const salt = () => ({
    bus: one(['p', 'q']),
    sockDir: live.path(one(['s', 't'])),
    maxFrame: one(['1MiB', '2MiB']),
  })
  return one<() => [string, unknown]>([
    () => ['listen.http', one(['off', address()])],
    () => ['listen.http', { address: address(), hosts: [one(['a.example', 'b.example'])] }],
    () => ['listen.tcp', one(['off', address()])],
    () => ['listen.unix', one([[own], [own, more()], [own, { path: live.path('c.sock') }, more()]])],
    () => ['ncs', one([undefined, { unix: more() }, { listen: { address: address(), principal: 'admin' } }])],
    () => ['salt', one([[], [salt()]])],
    () => ['sysadm', one([undefined, { listen: address() }])],
    () => ['sources.files', files()],
    () => ['limits.http', one([{}, { connections: 100 }, { headersTimeout: '5s' }])],
  ])()
}

async function sourcesOf({ admin }: LiveHub): Promise<unknown> {
  const { sources } = await admin.request<{ sources: { name: string }[] }>('hub.status')
  return sources.map(({ name }) => name)
}
