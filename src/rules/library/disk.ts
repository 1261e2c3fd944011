import type { LibraryRule } from './kit.js'

const host = `\${line.host}`
const device = `\${line.device}`
const array = `\${line.array}`
const program = 'kernel'

/** Disks, arrays and file systems. */
export const disk: Readonly<Record<string, LibraryRule>> = {
  'filesystem-error': {
    line: { program, text: '^EXT4-fs error \\(device (?<device>[^)]+)\\): .*$' },
    by: ['line.host', 'line.device'],
    alert: {
      severity: 'critical',
      labels: { host, device },
      summary: `The file system on ${device} of ${host} is damaged`,
      resolve: 'byHand',
    },
  },
  'disk-io-error': {
    line: {
      program,
      text: '^(?:blk_update_request: )?I/O error, dev (?<device>\\S+), sector \\d+(?: .*)?$',
    },
    by: ['line.host', 'line.device'],
    after: { count: 3, within: '10m' },
    alert: {
      severity: 'critical',
      labels: { host, device },
      summary: `${device} of ${host} cannot be read or written`,
      endsAfter: '1h',
    },
  },
  'disk-full': {
    filter: 'host/*/system/disk/*',
    where: 'data.usedPercent > 90 OR data.inodesUsedPercent > 95',
    by: ['source', 'data.mount'],
    alert: {
      severity: 'warning',
      labels: { source: `\${source}`, mount: `\${data.mount}` },
      summary: `\${data.mount} is \${data.usedPercent} % full (\${source})`,
      resolve: {
        filter: 'host/*/system/disk/*',
        where: 'data.usedPercent < 88 AND data.inodesUsedPercent < 93',
      },
    },
  },
  'disk-very-full': {
    filter: 'host/*/system/disk/*',
    where: 'data.usedPercent > 97',
    by: ['source', 'data.mount'],
    alert: {
      severity: 'critical',
      labels: { source: `\${source}`, mount: `\${data.mount}` },
      summary: `\${data.mount} is \${data.usedPercent} % full (\${source})`,
      resolve: { filter: 'host/*/system/disk/*', where: 'data.usedPercent < 95' },
    },
  },
  'raid-degraded': {
    line: {
      program: 'mdadm',
      text: '^(?:Fail|DegradedArray) event detected on md device (?<array>[^ ,]+)(?:, component device .*)?$',
    },
    by: ['line.host', 'line.array'],
    alert: {
      severity: 'critical',
      labels: { host, array },
      summary: `The array ${array} of ${host} has lost a disk`,
      resolve: {
        line: {
          program: 'mdadm',
          text: '^RebuildFinished event detected on md device (?<array>[^ ,]+)(?:, .*)?$',
        },
      },
    },
  },
  smart: {
    line: {
      program: 'smartd',
      text: '^Device: (?<device>\\S+)(?: \\[.*\\])?, (?<what>[1-9]\\d* (?:Currently unreadable \\(pending\\)|Offline uncorrectable) sectors|SMART Failure: .*|FAILED SMART self-check.*)$',
    },
    by: ['line.host', 'line.device'],
    onceWithin: '1d',
    alert: {
      severity: 'error',
      labels: { host, device },
      summary: `${device} of ${host} fails: \${line.what}`,
      resolve: 'never',
    },
  },
}
