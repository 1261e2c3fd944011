import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineFace, type FaceDefinition, type FaceHost } from '../../src/faces/face.js'
import { faces } from '../../src/faces/index.js'
import { hubConfig } from '../../src/hub/config/index.js'
import { startTestHub } from '../../src/hub/testing.js'
import { counter } from '../../src/types/metric.js'
import { codeOf, filesUnder, importsOf } from '../architecture/sources.js'

const definitions: readonly FaceDefinition[] = faces

describe.each(definitions.map((face) => [face.name, face] as const))('the definition of %s', (name, face) => {
  it('has a default for every key', () => {
    for (const [key, schema] of Object.entries(face.config)) {
      expect(schema.safeParse(undefined).success, key).toBe(true)
    }
  })

  it('adds keys under listen and limits, or one with its own name', () => {
    for (const key of Object.keys(face.config))
      expect(key).toMatch(new RegExp(`^(listen\\.|limits\\.|${name}$)`))
  })

  it('names its metrics like all metrics of Tocsin', () => {
    for (const metric of Object.keys(face.metrics ?? {})) expect(metric).toMatch(/^tocsin_[a-z_]+$/)
  })
})

describe('the definitions together', () => {
  it('have unique names', () => {
    expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length)
  })

  it('do not load code that serves a protocol', () => {
    const loaded = staticImports('src/faces/index.ts')
    const packages = [...loaded].filter((specifier) => !specifier.startsWith('src/'))
    expect(packages.filter((name) => /^(fastify|ws|node:(net|http|https|tls))$/.test(name))).toEqual([])
    expect([...loaded].filter((path) => /\/(open|server)\.ts$/.test(path))).toEqual([])
  })
})

/** Returns the files and packages that a file loads with static imports. */
function staticImports(entry: string): Set<string> {
  const texts = new Map(filesUnder('src').map((file) => [file.path, file]))
  const loaded = new Set<string>()
  const visit = (path: string) => {
    if (loaded.has(path)) return
    loaded.add(path)
    const file = texts.get(path)
    if (file === undefined) return
    const text = codeOf(file).replaceAll(/\bimport\(/g, '(')
    for (const specifier of importsOf({ path, text })) {
      const isFile = specifier.startsWith('.')
      visit(isFile ? posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts') : specifier)
    }
  }
  visit(entry)
  return loaded
}

describe('an open face', () => {
  const calls: string[] = []
  let host: FaceHost | undefined
  const bell = defineFace({
    name: 'bell',
    config: { 'listen.bell': z.string().default('off') },
    metrics: { tocsin_bell_rings_total: counter('rings', 'How often it rang.') },
    async open(given, { 'listen.bell': address }) {
      if (address === 'taken') throw new Error('taken')
      if (address === 'off') return undefined
      host = given
      return {
        listeners: [{ address, connections: 2 }],
        samples: () => [{ name: 'tocsin_bell_rings_total', value: 3 }],
        unbind: () => undefined,
        bind: async () => undefined,
        drain: () =>
          void calls.push(`drain, and may publish: ${given.publish({ tag: 'bell/drained', data: 0 })}`),
        close: async () =>
          void calls.push(`close, and may publish: ${given.publish({ tag: 'bell/closed', data: 0 })}`),
      }
    },
  })

  it('is listed with its listeners, its connections and its metrics', async () => {
    await using hub = await startTestHub()
    await hub.hub.open(bell, { 'listen.bell': 'here' })
    expect(hub.hub.listeners).toContainEqual({ face: 'bell', address: 'here', connections: 2 })
    expect([...hub.hub.samples()]).toContainEqual({ name: 'tocsin_bell_rings_total', value: 3 })
    await using client = await hub.connect()
    const { listeners } = await client.request<{ listeners: object[] }>('hub.status')
    expect(listeners).toContainEqual({ face: 'bell', address: 'here', connections: 2 })
    const { text } = await client.request<{ text: string }>('metrics.read')
    expect(text).toContain('tocsin_connections{face="bell"} 2')
  })

  it('is drained while the bus still delivers, and closed after the bus', async () => {
    const hub = await startTestHub()
    await hub.hub.open(bell, { 'listen.bell': 'here' })
    calls.length = 0
    await hub.close()
    expect(calls).toEqual(['drain, and may publish: true', 'close, and may publish: false'])
  })

  it('is not listed if it is off or cannot listen', async () => {
    await using hub = await startTestHub()
    expect(await hub.hub.open(bell, { 'listen.bell': 'off' })).toBeUndefined()
    await expect(hub.hub.open(bell, { 'listen.bell': 'taken' })).rejects.toThrow('taken')
    expect(hub.hub.listeners.map(({ face }) => face)).toEqual(['native'])
  })

  it('shares its budgets with all other faces', async () => {
    await using hub = await startTestHub({ config: { limits: { connections: 2 } } })
    await hub.hub.open(bell, { 'listen.bell': 'here' })
    await using client = await hub.connect()
    expect(client.welcome.principal).toBe('admin')
    expect([host!.budgets.takeConnection(), host!.budgets.takeConnection()]).toEqual([true, false])
    host!.budgets.releaseConnection()
    expect(host!.budgets.takeConnection()).toBe(true)
    await expect(hub.connect({ reconnect: false })).rejects.toMatchObject({ code: 'TCN_PROTOCOL_TOO_MANY' })
  })
})

describe('the configuration of a hub', () => {
  it('has the keys of every face where its definition puts them', () => {
    const config = hubConfig.parse({}) as Record<string, unknown>
    for (const key of definitions.flatMap((face) => Object.keys(face.config))) {
      const value = key
        .split('.')
        .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], config)
      expect(value, key).toBeDefined()
    }
  })
})
