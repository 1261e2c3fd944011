import { fstatSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { isJournal, LineLog } from '../../../src/cli/output/line-log.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

let runtime: FakeRuntime
let lines: string[]

beforeEach(() => {
  runtime = new FakeRuntime({ start: '2026-11-21T10:00:00Z' })
  lines = []
})

const open = (journal = false) => new LineLog({ runtime, write: (line) => void lines.push(line), journal })

it('writes a line with its level, and none below the chosen one', () => {
  const log = open()
  log.settings = { level: 'warn', format: 'text' }
  for (const level of ['error', 'warn', 'info', 'debug'] as const) log.write(level, `a line\nof ${level}`)
  expect(lines).toEqual(['tocsin: error: a line\\nof error\n', 'tocsin: warning: a line\\nof warn\n'])
})

it('gives the journal a priority in front of each line, and leaves out what the journal adds', () => {
  const log = open(true)
  log.settings = { level: 'debug', format: 'text' }
  for (const level of ['error', 'warn', 'info', 'debug'] as const) log.write(level, level)
  expect(lines).toEqual(['<3>error\n', '<4>warn\n', '<6>info\n', '<7>debug\n'])
})

it('writes one JSON object a line, with time, level and fields', () => {
  const log = open()
  log.settings = { level: 'info', format: 'json' }
  log.write('warn', 'a\nb', { event: 'hub/refused' })
  expect(lines).toEqual([
    `{"time":"2026-11-21T10:00:00.000Z","level":"warn","message":"a\\nb","event":"hub/refused"}\n`,
  ])
})

it('writes at most 100 lines a second, and says how many were left out', () => {
  const log = open()
  for (let n = 0; n < 250; n++) log.write(n % 2 === 0 ? 'error' : 'info', `line ${n}`)
  expect(lines).toHaveLength(100)
  runtime.advance(1000)
  expect(lines.slice(100)).toEqual(['tocsin: error: lines left out in one second: 75 error, 75 info\n'])
  log.write('info', 'again')
  expect(lines.at(-1)).toBe('tocsin: again\n')
})

it('keeps a line short', () => {
  open().write('info', 'x'.repeat(100_000))
  expect(lines[0].length).toBeLessThan(2100)
})

it('knows the journal by the stream that systemd names', () => {
  const { dev, ino } = fstatSync(2)
  expect(isJournal(`${dev}:${ino}`)).toBe(true)
  expect(isJournal('1:2')).toBe(false)
  expect(isJournal(undefined)).toBe(false)
})
