import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { AttachedSource, type NcsEntry, programThatSays } from './harness.js'

let folder: string
let path: string
const sources: AttachedSource[] = []

beforeEach(() => {
  folder = temporaryFolder('ncs-program')
  path = join(folder, 'ipc')
})
afterEach(async () => {
  for (const source of sources.splice(0)) await source[Symbol.asyncDispose]()
})

async function attach(entry: NcsEntry): Promise<AttachedSource> {
  const source = new AttachedSource({ path, ...entry })
  sources.push(source)
  return source.start()
}

describe('a program that says something else', () => {
  const READ = Date.UTC(2026, 0, 31, 6) * 1000
  const connected = JSON.stringify({ connected: { unknown: ['SYSTEM_GOING_DOWN'] }, at: READ })
  const audit = (msg: string, answer?: number, at = READ) =>
    JSON.stringify({ notification: { type: 1, audit: { logno: 1, user: 'ann', msg, usid: 1 } }, at, answer })

  const says = (lines: string[], more?: string) =>
    attach({ python: programThatSays(folder, lines, more), streams: [{ name: 'demo' }] })

  it('loses the line that cannot be read, and no other', async () => {
    const hostile = [
      '',
      'x',
      '{"alive":true',
      `{"a":${'['.repeat(100_000)}`,
      '{"alive":1,"at":1}',
      '{"notification":{},"at":1}',
      '{"notification":{"type":3},"at":1}',
      '{"notification":{"type":1,"audit":{"logno":1,"user":"ann","msg":"a","usid":-1}},"at":1,"answer":5}',
      '{"notification":{"type":524288,"stream":{"type":3}},"at":1}',
      '{"stream":"demo","xml":"<a>"}',
      '{"stream":"demo","xml":"<!DOCTYPE a><a/>"}',
      `{"stream":"demo","xml":"<notification>${'<a>'.repeat(200)}"}`,
      `{"stream":"demo","xml":"${'x'.repeat(6 * 2 ** 20)}"}`,
      '{"unreadable":"KeyError: x"}',
      '\u0000\u0001\uFFFD',
    ]
    const source = await says([
      connected,
      audit('before'),
      ...hostile,
      '{"stream":"other","xml":"<a/>"}',
      audit('after'),
    ])
    await source.published(2)
    expect(source.events.map(({ data }) => (data as { msg: string }).msg)).toEqual(['before', 'after'])
    await expect.poll(() => source.runner.status().lost).toBe(hostile.length)
    expect(source.runner.status()).toMatchObject({
      state: 'up',
      health: { details: { unknown: ['SYSTEM_GOING_DOWN'] } },
    })
  })

  it('is missed from the time on at which it has read what was published last', async () => {
    const next = join(folder, 'next')
    const more = `while ! test -e ${next}; do sleep 0.05; done; cat ${next}; cat > /dev/null`
    const source = await says([connected, audit('a')], more)
    await source.published(1)
    source.host.full = true
    writeFileSync(`${next}.new`, `${audit('b', undefined, READ + 1_000_000)}\n`)
    renameSync(`${next}.new`, next)
    const read = () => source.runner.status().health?.details.notifications
    await expect.poll(read, { timeout: 30_000 }).toBe(2)
    await source.runner.stop()
    source.host.full = false
    await source.start()
    await expect
      .poll(() => source.host.data('hub/gap/ncs/a')[0])
      .toMatchObject({ from: '2026-01-31T06:00:00.000000Z' })
  })

  it('has missed events of a stream from the time on at which it no longer read it', async () => {
    const refused = join(folder, 'refused')
    const failed = JSON.stringify({ stream: 'demo', over: 'failed', at: READ })
    const seen = { at: READ + 60_000_000, streams: READ + 1_000_000 }
    const read = JSON.stringify({ ...JSON.parse(audit('a')), ...seen })
    const more = `if test -e ${refused}; then echo '${read}'; else touch ${refused}; echo '${failed}'; fi; cat > /dev/null`
    const source = await says([connected], more)
    await source.published(1)
    await source.runner.stop()
    await source.start()
    const gaps = () => source.host.data('hub/gap/ncs/a').map(({ reason, from }) => [reason, from])
    await expect.poll(gaps).toContainEqual([expect.stringContaining('demo'), '2026-01-31T06:00:01.000000Z'])
  })

  it('publishes what it knows of a notification with new keys, and names those once', async () => {
    const body = { logno: 1, user: 'ann', msg: 'a', usid: 1, reason: 'x' }
    const line = JSON.stringify({ notification: { type: 1, audit: body, more: {} }, at: READ })
    const source = await says([connected, line, line])
    const events = await source.published(2)
    const { reason: _, ...known } = body
    expect(events.map(({ data }) => data)).toEqual([known, known])
    expect(source.gaps).toEqual([])
    expect(source.runner.status().health?.details.leftOut).toEqual(['more', 'audit.reason'])
  })

  it('gets an answer for what cannot be an event, at once', async () => {
    const program = programThatSays(folder, [connected, audit('a'.repeat(70_000), 5), audit('b', 6)])
    const source = await attach({ python: program, mask: ['AUDIT', 'AUDIT_SYNC'] })
    await source.published(1)
    source.host.gates[0].answered()
    const heard = () => readFileSync(`${program}.heard`, 'utf8').split('\n').slice(1)
    await expect.poll(heard).toEqual(['{"answered":5}', '{"answered":6}', ''])
    expect(JSON.parse(readFileSync(`${program}.heard`, 'utf8').split('\n')[0])).toMatchObject({
      module: '_ncs',
      path,
      mask: ['AUDIT', 'AUDIT_SYNC'],
    })
  })

  it.each([
    [
      'the reason that it gives',
      [connected, '{"failed":"there is no sign of life"}'],
      'exit 0',
      /^NSO: there is no/,
    ],
    ['its complaint', [connected], 'echo one >&2; echo "E: two" >&2; exit 3', /has ended: E: two$/],
    ['its code', [connected], 'exit 3', /was ended with code 3$/],
    [
      'a hub that takes nothing',
      [connected],
      'exit 75',
      /^the hub has not taken notifications for too long$/,
    ],
    ['a signal', [connected], 'kill -9 $$', /was ended by SIGKILL$/],
    ['something before it is connected', ['{"alive":true,"at":1}'], 'cat', /before it was connected$/],
    [
      'an end of its stream',
      [connected, '{"stream":"demo","over":"complete","at":1}'],
      'cat',
      /ended the stream demo$/,
    ],
  ])('is started again, with %s', async (_, lines, more, reason) => {
    const source = new AttachedSource({
      python: programThatSays(folder, lines, more),
      streams: [{ name: 'demo' }],
    })
    sources.push(source)
    source.runner.start()
    await expect.poll(() => source.runner.status().restarts, { timeout: 30_000 }).toBeGreaterThan(0)
    await expect.poll(() => source.runner.status().reason, { interval: 1, timeout: 30_000 }).toMatch(reason)
  })

  it('is not there, or has no module: the reason says what to do', async () => {
    const source = new AttachedSource({ path, modules: [] })
    sources.push(source)
    source.runner.start()
    await source.becomes('down')
    expect(source.runner.status().reason).toMatch(
      /^NSO: Python finds no module _ncs: .*; name its folder in modules$/,
    )
    const other = new AttachedSource({ path, python: '/no/python' })
    sources.push(other)
    other.runner.start()
    await other.becomes('down')
    expect(other.runner.status().reason).toContain('ENOENT')
  })
})
