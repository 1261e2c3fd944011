import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  parseBootTime,
  parseDevicelessTypes,
  parseLoadAverage,
  parseMemory,
  parseMounts,
  parseOsName,
  parseProcessStat,
  parseUptime,
} from '../../../src/sources/system/parse-proc.js'

describe('load', () => {
  it('is read with the number of tasks', () => {
    expect(parseLoadAverage('0.20 10.18 0.12 1/80 11206\n')).toEqual({
      load1: 0.2,
      load5: 10.18,
      load15: 0.12,
      running: 1,
      tasks: 80,
    })
  })

  it('that is something else is undefined', () => {
    for (const text of ['', '0.20', 'a b c 1/2 3', '0.20 0.1 0.1 1-2 3']) {
      expect(parseLoadAverage(text)).toBeUndefined()
    }
  })
})

describe('memory', () => {
  it('is read in bytes', () => {
    const text =
      'MemTotal:       24684096 kB\nMemFree: 1 kB\nMemAvailable: 1000 kB\nSwapTotal: 8 kB\nSwapFree: 4 kB\n'
    expect(parseMemory(text)).toEqual({
      total: 24684096 * 1024,
      available: 1000 * 1024,
      swapTotal: 8192,
      swapFree: 4096,
    })
  })

  it('of an old kernel counts free memory as available, and missing swap as 0', () => {
    expect(parseMemory('MemTotal: 10 kB\nMemFree: 4 kB\n')).toEqual({
      total: 10240,
      available: 4096,
      swapTotal: 0,
      swapFree: 0,
    })
  })

  it('without a total is undefined', () => {
    expect(parseMemory('MemAvailable: 1000 kB\n')).toBeUndefined()
    expect(parseMemory('MemTotal: 0 kB\nMemFree: 0 kB\n')).toBeUndefined()
    expect(parseMemory('MemTotal: lots\n')).toBeUndefined()
  })
})

describe('times', () => {
  it('of boot and uptime are read in seconds', () => {
    expect(parseUptime('618.79 1204.62\n')).toBe(618.79)
    expect(parseBootTime('cpu  1 2 3\nctxt 5\nbtime 1795163855\nprocesses 9\n')).toBe(1795163855)
    expect(parseUptime('')).toBeUndefined()
    expect(parseBootTime('cpu 1\n')).toBeUndefined()
  })
})

describe('mounts', () => {
  it('are read with escaped characters and any number of optional fields', () => {
    const text = [
      '36 35 98:0 /mnt1 /mnt\\040two rw,noatime master:1 shared:2 - ext4 /dev/sda1 rw,errors=continue',
      '22 27 0:21 / /proc rw,relatime - proc proc rw',
      '40 27 0:50 / /odd rw - tmpfs  rw',
      'nonsense',
      '',
    ].join('\n')
    expect(parseMounts(text)).toEqual([
      { device: '98:0', path: '/mnt two', type: 'ext4', source: '/dev/sda1' },
      { device: '0:21', path: '/proc', type: 'proc', source: 'proc' },
      { device: '0:50', path: '/odd', type: 'tmpfs', source: '' },
    ])
  })

  it('are limited in number and length of lines', () => {
    const line = '36 35 98:0 / /mnt rw - ext4 /dev/sda1 rw'
    expect(parseMounts(`${line}\n`.repeat(20_000))).toHaveLength(10_000)
    expect(parseMounts(line.replace('/mnt', `/${'x'.repeat(5_000)}`))).toEqual([])
  })

  it('have types without a device', () => {
    expect(parseDevicelessTypes('nodev\tsysfs\n\text4\nnodev\ttmpfs\n')).toEqual(new Set(['sysfs', 'tmpfs']))
  })
})

describe('a process', () => {
  const rest = 'S 1 1 1 0 -1 4194560 1 1 0 1 1 1 5 4 20 0 13 0 2400 54308864 5258'

  it('is read whatever its name contains', () => {
    expect(parseProcessStat(`12 (nginx) ${rest}`)).toEqual({
      pid: 12,
      name: 'nginx',
      parent: 1,
      startTicks: 2400,
    })
    expect(parseProcessStat(`12 (a) R 7 (b) ${rest}`)?.name).toBe('a) R 7 (b')
    expect(parseProcessStat(`12 () ${rest}`)?.name).toBe('')
  })

  it('that is truncated is undefined', () => {
    for (const text of ['', '12', '12 (nginx', '12 (nginx)', '12 (nginx) S 1 1', `x (nginx) ${rest}`]) {
      expect(parseProcessStat(text)).toBeUndefined()
    }
  })
})

it('the name of the system is read with or without quotes', () => {
  expect(parseOsName('NAME=x\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
    'Debian GNU/Linux 12 (bookworm)',
  )
  expect(parseOsName('PRETTY_NAME=Alpine\n')).toBe('Alpine')
  expect(parseOsName('NAME=x\n')).toBeUndefined()
})

it('no text makes a parser throw', () => {
  const readers = [
    parseLoadAverage,
    parseMemory,
    parseMounts,
    parseDevicelessTypes,
    parseProcessStat,
    parseUptime,
    parseBootTime,
    parseOsName,
  ]
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      for (const read of readers) read(text)
    }),
  )
})
