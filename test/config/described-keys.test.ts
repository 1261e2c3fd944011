import { describe, expect, it } from 'vitest'
import { describedKeys } from '../../src/config/described-keys.js'
import { configJsonSchema } from '../../src/config/json-schema.js'
import { hubConfig } from '../../src/hub/config/index.js'

const schema = configJsonSchema(hubConfig)
const describedAt = (...path: (string | number)[]) => describedKeys(schema, path)
const namesAt = (...path: (string | number)[]) => describedAt(...path).map(({ key }) => key)

describe('what the schema says about a key', () => {
  it('is what it is for, its values, its default, examples, and who may change it from elsewhere', () => {
    expect(describedAt('log', 'retention', 'age')).toEqual([
      {
        key: 'log.retention.age',
        path: ['log', 'retention', 'age'],
        description: 'Age above which events may be removed; at least 1m.',
        value: 'duration or off',
        words: [],
        usual: '7d',
        examples: ['30s', '7d', 'off'],
        required: false,
        secret: false,
        destination: false,
        reach: 'administrators',
        within: 'administrators',
      },
    ])
    expect(describedAt('data')).toMatchObject([{ value: 'path', reach: 'local' }])
    expect(describedAt('rules', 'x', 'onceWithin')).toMatchObject([{ value: 'duration', reach: 'owner' }])
    expect(describedAt('rules', 'x', 'job')).toMatchObject([{ reach: 'local' }])
  })

  it('has the keys directly below it, also those of lists, of names that users choose, and of several forms', () => {
    expect(namesAt()).toContain('limits')
    expect(namesAt('log', 'retention')).toEqual(
      expect.arrayContaining(['log.retention', 'log.retention.age', 'log.retention.bytes']),
    )
    expect(namesAt('rules', 'failed-jobs')).toContain('rules.failed-jobs.fire')
    expect(namesAt('sources', 'files', 0)).toContain('sources.files[0].name')
    const sink = namesAt('sinks', 'x')
    expect(sink).toContain('sinks.x.url')
    expect(new Set(sink).size).toBe(sink.length)
  })

  it('says of a secret that it is one', () => {
    const secrets = describedAt('sinks', 'x').filter(({ secret }) => secret)
    expect(secrets.length).toBeGreaterThan(0)
  })

  it('is all of a map, of the type that is asked for', () => {
    const keysOf = (type: string) =>
      describedKeys(schema, ['sinks', 'x'], { type, deep: true }).map(({ key }) =>
        key.slice('sinks.x.'.length),
      )
    expect(keysOf('mqtt')).toEqual(expect.arrayContaining(['broker', 'retry.tries', 'tls.serverName']))
    expect(keysOf('mqtt')).not.toEqual(expect.arrayContaining(['url']))
    expect(keysOf('webhook')).toEqual(expect.arrayContaining(['url', 'headers']))
    const [own, type] = describedKeys(schema, ['sinks', 'x'])
    expect([own.within, type.words]).toEqual(['owner', expect.arrayContaining(['webhook', 'exec'])])
    const within = (type: string) => describedKeys(schema, ['sinks', 'x'], { type })[0].within
    expect(['webhook', 'mail', 'file', 'exec'].map(within)).toEqual(['owner', 'owner', 'local', 'local'])
    expect(['mqtt', 'files', 'system'].map((kind) => describedAt('sources', kind)[0].within)).toEqual([
      'owner',
      'local',
      'local',
    ])
  })

  it('says which keys are needed, and which decide where secrets go', () => {
    const needed = describedKeys(schema, ['sinks', 'x'], { type: 'mqtt', deep: true })
    expect(needed.filter(({ required }) => required).map(({ key }) => key)).toEqual([
      'sinks.x.type',
      'sinks.x.broker',
    ])
    expect(needed.filter(({ destination }) => destination).map(({ key }) => key)).toEqual(
      expect.arrayContaining(['sinks.x.broker', 'sinks.x.secure', 'sinks.x.tls.serverName']),
    )
  })

  it('depends on what the map has beside it', () => {
    const reachIn = (sink: object, key: string) =>
      describedKeys(schema, ['sinks', 'x', key], {}, { sinks: { x: { type: 'webhook', ...sink } } })[0].reach
    expect(reachIn({ url: 'https://a/' }, 'url')).toBe('owner')
    expect(reachIn({ url: 'https://a/', bearerFile: '/etc/token' }, 'url')).toBe('local')
    expect(reachIn({ url: 'https://a/', bearerFile: '/etc/token' }, 'filter')).toBe('owner')
    expect(reachIn({ url: 'file:/etc/url' }, 'url')).toBe('local')
    const rule = describedKeys(schema, ['rules', 'x', 'filter'], {}, { rules: { x: { job: ['/bin/true'] } } })
    expect(rule[0].reach).toBe('local')
  })

  it('is nothing for a key that does not exist', () => {
    expect(describedAt('nothing')).toEqual([])
    expect(describedAt('log', 'retention', 'age', 'more')).toEqual([])
  })
})
