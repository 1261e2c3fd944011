import { describe, expect, test } from 'vitest'
import * as events from '../../../src/protocols/ncs/constants/events.js'
import * as library from '../../../src/protocols/ncs/constants/library.js'
import { bitOf, MODIFIERS, maskNames, maskOf, typeFor } from '../../../src/protocols/ncs/constants/mask.js'
import { constantName, constants, constantValue } from '../../../src/protocols/ncs/constants/names.js'
import { constantsOf, documents } from './seeds.js'

describe.each(Object.entries(documents))('the %s document', (_, document) => {
  test('lists no constant that does not exist with its value', () => {
    const documented = constantsOf(document)
    expect(documented.size).toBeGreaterThan(60)
    for (const [name, value] of documented) expect({ [name]: constantValue(name) }).toEqual({ [name]: value })
  })
})

test('no constant of the module is missing from the documents but the one that came later', () => {
  const documented = constantsOf(documents.newer)
  expect(Object.keys(events).filter((name) => !documented.has(name))).toEqual(['NOTIF_SYSTEM_GOING_DOWN'])
})

test('the two files of constants share no name', () => {
  expect(Object.keys(constants)).toHaveLength(Object.keys(events).length + Object.keys(library).length)
})

test('every bit of a mask has one type, and the highest is positive', () => {
  const bits = Array.from({ length: 32 }, (_, bit) => 2 ** bit)
  expect(maskNames(2 ** 32 - 1)).toHaveLength(32)
  expect(maskNames(2 ** 32 - 1).map(bitOf)).toEqual(bits)
  expect(maskOf(events.NOTIF_SYSTEM_GOING_DOWN, events.NOTIF_AUDIT)).toBe(2 ** 31 + 1)
})

test('a name is found with and without its prefixes', () => {
  for (const name of [
    'AUDIT_NETWORK',
    'NCS_NOTIF_AUDIT_NETWORK',
    'CONFD_NOTIF_AUDIT_NETWORK',
    'audit_network',
  ])
    expect(bitOf(name)).toBe(events.NCS_NOTIF_AUDIT_NETWORK)
  expect(bitOf('SYSLOG_TAKEOVER')).toBe(6)
  expect(['', 'COMMIT_FLAG_CONFIRMED', 'constructor', 'RUNNING'].map(bitOf)).toEqual(Array(4).fill(undefined))
  expect(constantValue('CONFD_PROGRESS_STOP')).toBe(library.PROGRESS_STOP)
  expect(constantValue('CONFD_EOF')).toBe(-2)
  expect(constantValue('toString')).toBeUndefined()
})

test('a number is shown by the newer of its names', () => {
  expect(constantName('ha', 1)).toBe('HA_INFO_NOPRIMARY')
  expect(constantName('ha', 7)).toBe('HA_INFO_BESECONDARY_RESULT')
  expect(constantName('compactionFile', 1)).toBe('COMPACTION_A_CDB')
  expect(constantName('database', library.RUNNING)).toBe('RUNNING')
  expect(constantName('progress', library.PROGRESS_STOP)).toBe('PROGRESS_STOP')
  expect(constantName('proto', 99)).toBeUndefined()
})

test('the type of an event is the lowest bit that the subscriber asked for, and never a modifier', () => {
  const { NOTIF_COMMIT_PROGRESS, NOTIF_PROGRESS, NOTIF_SYSTEM_GOING_DOWN } = events
  const both = maskOf(NOTIF_COMMIT_PROGRESS, NOTIF_PROGRESS)
  expect(typeFor(both, both)).toBe(NOTIF_COMMIT_PROGRESS)
  expect(typeFor(both, NOTIF_PROGRESS)).toBe(NOTIF_PROGRESS)
  expect(typeFor(both, events.NOTIF_AUDIT)).toBe(0)
  expect(typeFor(NOTIF_SYSTEM_GOING_DOWN, 2 ** 32 - 1)).toBe(NOTIF_SYSTEM_GOING_DOWN)
  expect(typeFor(MODIFIERS, 2 ** 32 - 1)).toBe(0)
})
