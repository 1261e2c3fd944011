import { expect, it } from 'vitest'
import { writeLine } from '../../../src/hub/own-log/log-lines.js'

function lineOf(tag: string, data: unknown): string[] {
  const written: string[] = []
  writeLine({ write: (level, text) => void written.push(`${level}: ${text}`) }, { tag, data })
  return written
}

it('writes a line for what an operator must know', () => {
  const source = (state: string) =>
    lineOf('hub/source/salt/prod', { source: 'salt/prod', state, reason: 'why' })
  expect(source('down')).toEqual(['error: source salt/prod is down: why'])
  expect(source('silent')).toEqual(['warn: source salt/prod is silent: why'])
  expect(source('up')).toEqual(['info: source salt/prod is up: why'])
  const stopped = { source: 'files', state: 'down', reason: 'stopped' }
  expect(lineOf('hub/source/files', stopped)).toEqual(['info: source files is down: stopped'])
  expect(lineOf('hub/gap/files', { source: 'files', count: null, reason: 'rotated away' })).toEqual([
    'warn: source files lost some events: rotated away',
  ])
  const down = { upstream: 'core', state: 'down', reason: 'no', code: 'TCN_ACCESS_TOKEN', waiting: 7 }
  expect(lineOf('hub/upstream/core', down)).toEqual([
    'warn: upstream core: down: no (TCN_ACCESS_TOKEN); 7 events wait',
  ])
  expect(lineOf('hub/upstream/core', { upstream: 'core', state: 'up' })).toEqual(['info: upstream core: up'])
  const login = { way: 'token', address: '10.0.0.1', face: 'http', result: 'TCN_ACCESS_TOKEN', count: 17 }
  expect(lineOf('hub/audit/login', login)).toEqual([
    'warn: refused 17 × the token of 10.0.0.1 over http (TCN_ACCESS_TOKEN)',
  ])
  expect(lineOf('hub/audit/login', { result: 'TCN_ACCESS_TOKEN', count: 149 })).toEqual([
    'warn: refused 149 × the credentials of other peers (TCN_ACCESS_TOKEN)',
  ])
  const issuer = { ...login, result: 'TCN_ACCESS_ISSUER', reason: 'https://login.example: it answers 502' }
  expect(lineOf('hub/audit/login', issuer)).toEqual([
    'error: a login failed because its issuer cannot be asked: https://login.example: it answers 502 (TCN_ACCESS_ISSUER)',
  ])
  const made = { principal: 'admin', method: 'tokens.add', result: 'ok', changed: { name: 'me' } }
  expect(lineOf('hub/audit/tokens/add', made)).toEqual(['info: admin: tokens.add {"name":"me"}: ok'])
})

it('writes nothing for events of sources and for those that need no attention', () => {
  expect(lineOf('host/web1/system/load', { load1: 1 })).toEqual([])
  expect(lineOf('hub/started', { version: '1' })).toEqual([])
  expect(lineOf('hub/refused', null)).toEqual([])
})
