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
        usual: '7d',
        examples: ['30s', '7d', 'off'],
        secret: false,
        reach: 'administrators',
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

  it('is nothing for a key that does not exist', () => {
    expect(describedAt('nothing')).toEqual([])
    expect(describedAt('log', 'retention', 'age', 'more')).toEqual([])
  })
})
