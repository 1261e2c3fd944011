import { z } from 'zod'
import { duration } from '../../config/values/units.js'
import { eventPolicy } from '../entry.js'

const HOUR = 3_600_000

function interval(usual: string, what: string) {
  return duration({ min: 1_000, max: 24 * HOUR })
    .prefault(usual)
    .describe(`How often ${what} is published.`)
}

function thresholds(usual: number[], most: number, unit: string) {
  return z
    .array(z.number().positive().max(most))
    .max(8)
    .refine((list) => list.every((value, i) => i === 0 || value > list[i - 1]), { error: 'must rise' })
    .default(usual)
    .describe(`Thresholds, ${unit}; crossing one publishes the value immediately.`)
}

const sample = (every: string, what: string, usual: number[], most = 100, unit = 'in percent') =>
  z.strictObject({ interval: interval(every, what), thresholds: thresholds(usual, most, unit) }).prefault({})

export const systemConfig = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether the hub publishes events about its host.'),
  load: sample('10s', 'the load', [2, 4], 1000, 'load of the last minute for each processor'),
  memory: sample('10s', 'the use of the memory', [90, 97]),
  swap: sample('1m', 'the use of the swap space', [50, 90]),
  disks: z
    .strictObject({
      interval: interval('5m', 'the use of each disk'),
      thresholds: thresholds([80, 90, 95], 100, 'in percent'),
      mounts: z
        .array(z.string().regex(/^\/[^\0]*$/, { error: 'must be an absolute path' }))
        .max(256)
        .default([])
        .describe(
          'Mount points to watch. Empty: all local ones. A network file system is watched only when named.',
        ),
    })
    .prefault({}),
  network: z.boolean().default(true).describe('Whether interfaces and addresses are watched.'),
  logins: z.boolean().default(true).describe('Whether logins and logouts are watched.'),
  processes: z
    .array(z.string().regex(/^[^/\0]{1,255}$/, { error: 'must be the name of a program, without a path' }))
    .max(256)
    .default([])
    .describe('Names of programs whose starts and exits are published.'),
  ...eventPolicy,
})
export type SystemConfig = z.output<typeof systemConfig>
