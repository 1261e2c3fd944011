import { expect, it } from 'vitest'
import { claimProblems } from '../../src/config/claims.js'
import { configJsonSchema } from '../../src/config/json-schema.js'
import { parseConfig } from '../../src/config/load.js'
import { sourceClaims, sourceDefinitions, sourcesConfig } from '../../src/sources/config.js'
import { TypeRegistry } from '../../src/types/registry.js'
import { sourceTypes } from '../helpers/source-types.js'

const parse = (text: string) => parseConfig(sourcesConfig, text, 'f')
const names = (text: string) => sourceDefinitions(parse(text)).map(({ name }) => name)

it('the host publishes its own events unless this is switched off', () => {
  expect(names('')).toEqual(['system'])
  expect(names('system: { enabled: false }')).toEqual([])
})

it('each entry of files is a source of its own', () => {
  const text = 'files: [{ name: app, lines: [/a.log], silentAfter: 1m }, { name: etc, changes: [/etc] }]'
  expect(names(text)).toEqual(['system', 'files/app', 'files/etc'])
  expect(sourceDefinitions(parse(text))[1].silentAfter).toBe(60_000)
})

it('an entry of files has either lines or changes', () => {
  expect(() => parse('files: [{ name: a }]')).toThrow('files[0]: must have either `lines` or `changes`')
  expect(() => parse('files: [{ name: a, lines: [/a], changes: [/b] }]')).toThrow('files[0]')
})

it('a misspelled key of an entry is reported with the nearest valid one', () => {
  expect(() => parse('files: [{ name: a, lines: [/a], maxLin: 1KiB }]')).toThrow('did you mean "maxLine"?')
  expect(() => parse('files: [{ name: a, changes: [/a], pol: 5s }]')).toThrow('did you mean "poll"?')
})

it('two entries with the same name are rejected', () => {
  const text = 'files: [{ name: a, lines: [/a] }, { name: a, changes: [/b] }]'
  expect(() => parse(text)).toThrow('files[1].name: is already the name of another entry')
})

it('thresholds must rise', () => {
  expect(() => parse('system: { memory: { thresholds: [90, 80] } }')).toThrow('memory.thresholds: must rise')
})

it('names and paths that could lead elsewhere are rejected', () => {
  expect(() => parse('files: [{ name: a/b, lines: [/a] }]')).toThrow('files[0].name')
  expect(() => parse('files: [{ name: a, lines: [a.log] }]')).toThrow('must be an absolute path')
  expect(() => parse('system: { processes: [/usr/sbin/nginx] }')).toThrow('without a path')
})

it('the types of all sources are consistent', () => {
  const types = new TypeRegistry(...sourceTypes)
  expect(types.typeOf('host/web1/files/app/line')).toBe('host.file.line')
  expect(types.typeOf('host/web1/files/etc/changed')).toBe('host.file.changed')
  expect(types.typeOf('host/web1/system/interface/eth0/up')).toBe('host.interface')
  expect(types.list().every(({ schema }) => schema?.type === 'object')).toBe(true)
})

it('sources that run programs or read files can only be changed at the machine of the hub', () => {
  const { properties = {} } = configJsonSchema(sourcesConfig)
  for (const kind of [
    'exec',
    'files',
    'journal',
    'kernel',
    'ncs',
    'packages',
    'lifePreserver',
    'containers',
  ]) {
    expect(Object.keys(properties)).toContain(kind)
    expect(JSON.stringify(properties[kind])).not.toContain('"remote"')
  }
})

it('syslog does not listen where another listener does', () => {
  const entry = (name: string) => `{ name: ${name}, tcp: '127.0.0.1:5514' }`
  const claims = sourceClaims(parse(`syslog: [${entry('a')}]`))
  expect(claims.flatMap(({ listens = [] }) => listens)).toEqual([
    { at: '127.0.0.1:5514', path: ['sources', 'syslog', 0, 'tcp'] },
  ])
})

it('syslog has each unix socket only once', () => {
  const sockets = `
    - { name: a, unix: /run/a, datagrams: /var/run/log }
    - { name: b, datagrams: /run/log }
    - { name: c, unix: /run/log }
    - { name: d, unix: /run/d, datagrams: /run/d }`
  expect(claimProblems(sourceClaims(parse(`syslog:${sockets}`)), [])).toEqual([
    {
      path: ['sources', 'syslog', 1, 'datagrams'],
      message: 'something else listens at /run/log already',
    },
    { path: ['sources', 'syslog', 2, 'unix'], message: 'something else listens at /run/log already' },
    {
      path: ['sources', 'syslog', 3, 'datagrams'],
      message: 'something else listens at /run/d already',
    },
  ])
})
