import { describe, expect, it } from 'vitest'
import { splitLabel, subscriberColumns } from '../../../../src/cli/commands/inspect/subscriber-columns.js'
import { tableLines } from '../../../../src/cli/terminal/table.js'
import type { SubscriberInfo } from '../../../../src/methods/contract/index.js'

const socket = 'unix:/run/tocsin/tocsin.sock'

function subscriber(label: string, given: Partial<SubscriberInfo> = {}): SubscriberInfo {
  return {
    id: label,
    label,
    principal: 'admin',
    filter: '{"all":[]}',
    state: 'live',
    lag: 'catch-up',
    gates: [],
    cursor: 'k3x9f2-4711',
    lagEvents: 0,
    lagMicros: 0,
    connected: 0,
    delivered: 3,
    skipped: 0,
    pending: 0,
    ...given,
  }
}

function lines(rows: SubscriberInfo[], width: number): string[] {
  return tableLines(subscriberColumns(rows, 9e6), rows, width)
}

describe('the table of subscribers', () => {
  it('tells subscribers on one socket apart at 80 columns', () => {
    const rows = [
      subscriber(`${socket} tocsin tail[15442]`, { asked: '["salt/","!*/prog/*"]' }),
      subscriber(`${socket} the terminal of the hub`),
      subscriber(`${socket} billing`, {
        lagEvents: 1204,
        lagMicros: 61e6,
        slowSince: 4e6,
        consumer: 'bills',
      }),
    ]
    expect(lines(rows, 80)).toEqual([
      'WHO            FILTER          POSITION    LAG  BEHIND  SLOW  DELIVERED  ADDRESS',
      'tail[15442]    salt/ !*/prog…     @4711      0                        3  unix',
      'the terminal…  *                  @4711      0                        3  unix',
      'billing (bil…  *                  @4711  1,204   1m 1s  5.0s          3  unix',
    ])
    expect(lines(rows.slice(0, 2), 80)).toEqual([
      'WHO                      FILTER           POSITION  LAG  DELIVERED  ADDRESS',
      'tail[15442]              salt/ !*/prog/*     @4711    0          3  unix',
      'the terminal of the hub  *                   @4711    0          3  unix',
    ])
  })

  it('shows principal, policy and whole address only if they are not the same for all', () => {
    const rows = [subscriber(`${socket} tocsin tail[1]`), subscriber(`${socket} tocsin tail[2]`)]
    expect(lines(rows, 200)[0]).toMatch(/DELIVERED +ADDRESS$/)
    expect(lines(rows, 200)[1]).toMatch(/ unix$/)
    const remote = subscriber('tls://192.0.2.7:5000 tocsin tail[3]', { principal: 'ops', lag: 'skip' })
    expect(lines([...rows, remote], 200)[0]).toMatch(/POLICY +DELIVERED +PRINCIPAL +ADDRESS$/)
    expect(lines([...rows, remote], 200)[3]).toMatch(/^tail\[3\] .* skip .* ops +tls:\/\/192.0.2.7:5000$/)
  })
})

describe('splitLabel', () => {
  it('takes name and address apart, and calls what has no name after its face', () => {
    expect(splitLabel(`${socket} tocsin tail[7]`)).toEqual({ name: 'tail[7]', address: socket })
    expect(splitLabel(socket)).toEqual({ name: 'unix', address: socket })
    expect(splitLabel('ws 192.0.2.7 board')).toEqual({ name: 'board', address: 'ws 192.0.2.7' })
    expect(splitLabel('sse 192.0.2.7')).toEqual({ name: 'sse', address: '192.0.2.7' })
    expect(splitLabel('salt-api ws ::1')).toEqual({ name: 'salt-api ws', address: '::1' })
  })
})
