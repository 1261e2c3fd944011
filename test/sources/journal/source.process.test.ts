import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { z } from 'zod'
import { missingBetween } from '../../../src/sources/journal/cursor.js'
import { eventOfEntry } from '../../../src/sources/journal/entry.js'
import { journalSource, journalSourcesConfig } from '../../../src/sources/journal/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

type Config = Omit<z.input<typeof journalSourcesConfig>[number], 'name'>
type Fields = Record<string, string | Buffer>

let host: FakeHost
let runner: SourceRunner
let directory: string
let written: number
beforeEach(() => {
  host = new FakeHost(realRuntime)
  directory = temporaryFolder('journal')
  written = 0
})
afterEach(() => runner?.stop())

function start(config: Config = {}, program?: string): void {
  const [parsed] = journalSourcesConfig.parse([{ name: 't', from: 'start', directory, ...config }])
  runner = new SourceRunner(journalSource(parsed, program), host)
  runner.start()
}

/** Writes a genuine journal file, or adds to it. */
function write(...entries: Fields[]): void {
  const input = Buffer.concat(entries.flatMap(exported))
  execFileSync('/lib/systemd/systemd-journal-remote', ['-o', join(directory, 'system.journal'), '-'], {
    input,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
}

const BOOT = '0123456789abcdef0123456789abcdef'

/** An entry in the export format of journald, with bytes by their length. */
function exported(fields: Fields): Buffer[] {
  const second = 1_763_693_666_000_000 + written++ * 1_000_000
  const head = `__REALTIME_TIMESTAMP=${second}\n__MONOTONIC_TIMESTAMP=${written}000000\n_BOOT_ID=${BOOT}\n`
  const all: [string, string | Buffer][] = Object.entries({ _HOSTNAME: 'vm', ...fields })
  const parts = all.flatMap(([name, value]) => {
    if (typeof value === 'string') return [Buffer.from(`${name}=${value}\n`)]
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(value.length))
    return [Buffer.from(`${name}\n`), length, value, Buffer.from('\n')]
  })
  return [Buffer.from(head), ...parts, Buffer.from('\n')]
}

const events = () => host.events.filter(({ tag }) => tag.startsWith('host/web1/journal/t/'))
const messages = () => events().map(({ data }) => (data as { message: string }).message)
const gaps = () => host.data('hub/gap/journal/t')
const until = (condition: () => boolean) =>
  vi.waitFor(
    () => {
      if (!condition()) throw new Error(`not yet: ${JSON.stringify([messages(), gaps(), runner.status()])}`)
    },
    { timeout: 30_000, interval: 10 },
  )

describe('from the end', () => {
  it('a source that stops before anything has come finds what was written meanwhile', async () => {
    write({ MESSAGE: 'old', KIND: 'a' })
    start({ from: 'end', match: ['KIND=b'] })
    await until(() => runner.status().state === 'up')
    await runner.stop()
    write({ MESSAGE: 'other', KIND: 'a' }, { MESSAGE: 'meanwhile', KIND: 'b' })
    start({ from: 'end', match: ['KIND=b'] })
    await until(() => messages().length > 0)
    expect(messages()).toEqual(['meanwhile'])
    expect(gaps()).toEqual([])
  })

  it('what is there is left out, and what comes is published', async () => {
    write({ MESSAGE: 'old' }, { MESSAGE: 'last' })
    start({ from: 'end' })
    await until(() => runner.status().state === 'up')
    write({ MESSAGE: 'new' })
    await until(() => messages().length > 0)
    expect(messages()).toEqual(['new'])
  })

  it('all is new in an empty journal', async () => {
    start({ from: 'end' })
    await until(() => runner.status().state === 'up')
    write({ MESSAGE: 'first' })
    await until(() => messages().length > 0)
    expect(messages()).toEqual(['first'])
  })
})

it('entries are published with severity, time, unit and the fields of the program', async () => {
  write(
    {
      MESSAGE: 'started',
      PRIORITY: '4',
      SYSLOG_IDENTIFIER: 'sshd',
      _SYSTEMD_UNIT: 'ssh.service',
      _PID: '12',
      _TRANSPORT: 'journal',
      CODE: 'x',
    },
    { MESSAGE: 'hello', PRIORITY: '6', SYSLOG_IDENTIFIER: 'demo' },
  )
  start()
  await until(() => events().length === 2)
  expect(events()).toMatchObject([
    {
      tag: 'host/web1/journal/t/ssh.service',
      source: 'host/web1/journal/t',
      data: {
        message: 'started',
        severity: 'warning',
        time: '2025-11-21T02:54:26.000000Z',
        unit: 'ssh.service',
        identifier: 'sshd',
        pid: 12,
        host: 'vm',
        transport: 'journal',
        entry: { CODE: 'x' },
      },
    },
    { tag: 'host/web1/journal/t/demo', data: { message: 'hello', severity: 'info' } },
  ])
})

it('bytes stay bytes, text with line feeds is text, and long fields are cut and counted', async () => {
  write({ MESSAGE: Buffer.from('two\nlines ü'), RAW: Buffer.from([0xff, 0, 1]), LONG: 'x'.repeat(10_000) })
  start({ maxField: '1KiB' })
  await until(() => events().length === 1)
  expect(events()[0].data).toMatchObject({
    message: 'two\nlines ü',
    entry: { RAW: Uint8Array.of(0xff, 0, 1), LONG: 'x'.repeat(1024) },
    cut: 1,
  })
})

it('an entry keeps all of its many fields', async () => {
  const many = Object.fromEntries(Array.from({ length: 900 }, (_, nth) => [`FIELD_${nth}`, String(nth)]))
  write({ MESSAGE: 'many', ...many })
  start()
  await until(() => events().length === 1)
  expect(events()[0].data).toMatchObject({ message: 'many', entry: many })
  expect(events()[0].data).not.toHaveProperty('cut')
})

it('a text that is not UTF-8 is kept as bytes, in the message and in the name of the program', async () => {
  write(
    {
      MESSAGE: Buffer.from([0x67, 0x72, 0xfc, 0xdf, 0x65]),
      SYSLOG_IDENTIFIER: Buffer.from([0x64, 0xe9]),
    },
    { MESSAGE: Buffer.from(`ab\u0001${'ü'.repeat(600)}`) },
  )
  start({ maxField: '1KiB' })
  await until(() => events().length === 2)
  const [latin, cut] = events().map(({ data }) => data as Record<string, unknown>)
  expect(latin).toMatchObject({
    message: 'gr\uFFFD\uFFFDe',
    bytes: Uint8Array.of(0x67, 0x72, 0xfc, 0xdf, 0x65),
    identifier: 'd\uFFFD',
    entry: { SYSLOG_IDENTIFIER: Uint8Array.of(0x64, 0xe9) },
  })
  expect(cut).toMatchObject({ message: `ab\u0001${'ü'.repeat(510)}`, cut: 1 })
  expect(cut).not.toHaveProperty('bytes')
})

it('a field that a program gave twice is kept as a list', () => {
  const reading = { maxField: 100, parser: undefined, now: 0 }
  const twice = eventOfEntry(
    new Map(Object.entries({ MESSAGE: ['one', [0xff]], CODE: ['a', 'b'], SYSLOG_PID: '7' })),
    reading,
  )
  expect(twice.data).toEqual({
    message: 'one',
    pid: 7,
    entry: { MESSAGE: ['one', Uint8Array.of(0xff)], CODE: ['a', 'b'] },
  })
})

it('new entries follow, and a restart continues after the last one', async () => {
  write({ MESSAGE: 'one' })
  start()
  await until(() => events().length === 1)
  write({ MESSAGE: 'two' })
  await until(() => events().length === 2)
  await runner.stop()
  write({ MESSAGE: 'three' }, { MESSAGE: 'four' })
  start()
  await until(() => events().length === 4)
  expect(messages()).toEqual(['one', 'two', 'three', 'four'])
  expect(gaps()).toEqual([])
  const counters = events().map(({ counter }) => (counter as { counter: number }).counter)
  expect(counters.every((each, i) => i === 0 || each > counters[i - 1])).toBe(true)
})

it('entries that were removed while nobody followed are a gap', async () => {
  write({ MESSAGE: 'one' })
  start()
  await until(() => events().length === 1)
  await runner.stop()
  rmSync(join(directory, 'system.journal'))
  write({ MESSAGE: 'two' })
  start()
  await until(() => gaps().length === 1)
  await until(() => messages().includes('two'))
  expect(gaps()).toMatchObject([{ count: null, reason: expect.stringContaining('were removed') }])
})

it('only entries that fit are published, and none that the hub has written itself', async () => {
  write(
    { MESSAGE: 'wanted', PRIORITY: '3', _SYSTEMD_UNIT: 'a.service' },
    { MESSAGE: 'harmless', PRIORITY: '6', _SYSTEMD_UNIT: 'a.service' },
    { MESSAGE: 'own', PRIORITY: '3', _SYSTEMD_UNIT: 'a.service', _PID: String(process.pid) },
    { MESSAGE: 'other', PRIORITY: '3', _SYSTEMD_UNIT: 'b.service' },
    { MESSAGE: 'last', PRIORITY: '0', _SYSTEMD_UNIT: 'a.service' },
  )
  start({ match: ['_SYSTEMD_UNIT=a.service'], priority: 'warning' })
  await until(() => messages().includes('last'))
  expect(messages()).toEqual(['wanted', 'last'])
})

it('while the hub accepts no events, the journal waits', async () => {
  write(...Array.from({ length: 500 }, (_, i) => ({ MESSAGE: String(i) })))
  host.full = true
  start()
  await until(() => runner.status().state === 'up')
  host.full = false
  await until(() => events().length === 500)
  expect(messages().every((text, i) => text === String(i))).toBe(true)
})

it('the text of entries can be parsed', async () => {
  write({ MESSAGE: '{"level":"error","msg":"hot","celsius":91}' })
  start({ parse: 'json' })
  await until(() => events().length === 1)
  expect(events()[0].data).toMatchObject({ message: 'hot', severity: 'err', fields: { celsius: 91 } })
})

it('the priority of an entry stays, and the level in its text is a field', async () => {
  write({ PRIORITY: '6', MESSAGE: 'level=error msg=hot' })
  start({ parse: 'logfmt' })
  await until(() => events().length === 1)
  expect(events()[0].data).toMatchObject({ message: 'hot', severity: 'info', fields: { level: 'error' } })
})

describe('a journal that cannot be read', () => {
  it('is said: without journalctl, and without the folder', async () => {
    start({}, 'no-such-journalctl')
    await until(() => runner.status().state === 'down')
    expect(runner.status().reason).toBe('there is no program no-such-journalctl')
    await runner.stop()
    start({ directory: join(directory, 'absent') })
    await until(
      () => runner.status().state === 'down' && runner.status().reason?.includes('journalctl ended') === true,
    )
    expect(runner.status().reason).toMatch(/journalctl ended with code 1: .*No such file/)
  })
})

it('cursors tell what is missing between two entries', () => {
  const cursor = (sequence: string, number: number) => `s=${sequence.repeat(32)};i=${number.toString(16)};b=0`
  expect(missingBetween(cursor('a', 10), cursor('a', 11))).toBeUndefined()
  expect(missingBetween(cursor('a', 10), cursor('a', 15))).toEqual({ count: 4 })
  expect(missingBetween(cursor('a', 10), cursor('b', 1))).toEqual({ count: undefined })
  expect(missingBetween('nonsense', cursor('b', 1))).toBeUndefined()
})
