import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { ncsClaims, ncsSourcesConfig, placeOf } from '../../../src/sources/ncs/config.js'

type Entry = z.input<typeof ncsSourcesConfig>[number]

const parse = (entry: Partial<Entry> = {}) => ncsSourcesConfig.parse([{ name: 'a', ...entry }])[0]
const fault = (entry: Partial<Entry>) =>
  ncsSourcesConfig.safeParse([{ name: 'a', ...entry }]).error?.issues[0]?.message

describe('an entry of sources.ncs', () => {
  it('needs a name only, and then takes what keeps nobody waiting', () => {
    const { mask } = parse()
    expect(mask).toContain('AUDIT')
    expect(mask).toContain('SYSTEM_GOING_DOWN')
    expect(mask.filter((name) => /SYNC|DIFF|PROGRESS|HEARTBEAT|TAKEOVER|STREAM|DEVEL/.test(name))).toEqual([
      'CQ_PROGRESS',
    ])
  })

  it('is at the usual port of its vendor, at another one, or at a socket', () => {
    expect(placeOf(parse())).toEqual({ host: '127.0.0.1', port: 4569 })
    expect(placeOf(parse({ module: 'confd' }))).toEqual({ host: '127.0.0.1', port: 4565 })
    expect(placeOf(parse({ port: 1 }))).toEqual({ host: '127.0.0.1', port: 1 })
    expect(placeOf(parse({ path: '/tmp/ipc' }))).toEqual({ path: '/tmp/ipc' })
    expect(placeOf(parse({ path: '~/ipc' }))).toEqual({ path: join(homedir(), 'ipc') })
  })

  it('is refused with both, with a type that there is not, and with a stream twice', () => {
    expect(fault({ path: '/tmp/ipc', port: 1 })).toBe('has one of `path` and `port`')
    expect(fault({ mask: ['ORDIT'] })).toContain('is no type of a notification')
    expect(fault({ mask: ['HEARTBEAT'] })).toContain('is not for a source')
    expect(fault({ mask: ['TAKEOVER_SYSLOG'] })).toContain('is not for a source')
    expect(fault({ streams: [{ name: 's' }, { name: 's' }] })).toBe('names a stream twice')
    expect(fault({ python: 'a/b' })).toBe('must be the absolute path of a program, or its name')
    expect(fault({ streams: [{ name: 's', from: 'soon' }] })).toBe('must be now, start, or an RFC 3339 time')
  })

  it('takes types with and without their prefix', () => {
    expect(parse({ mask: ['NOTIF_AUDIT', 'NCS_NOTIF_AUDIT_NETWORK', 'audit_sync'] }).mask).toHaveLength(3)
  })
})

it('names the places at which the hub itself must not listen', () => {
  const entries = ncsSourcesConfig.parse([{ name: 'a' }, { name: 'b', path: '/tmp/ipc' }])
  expect(ncsClaims(entries)).toEqual({
    connects: [
      { at: '127.0.0.1:4569', path: ['sources', 'ncs', 0] },
      { at: '/tmp/ipc', path: ['sources', 'ncs', 1, 'path'] },
    ],
  })
})
