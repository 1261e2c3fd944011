import type { LibraryRule } from './kit.js'

const host = `\${line.host}`
const name = `\${line.name}`
const program = 'kernel'

/** Messages of the kernel about programs and itself. */
export const kernel: Readonly<Record<string, LibraryRule>> = {
  'oom-kill': {
    line: {
      program,
      text: '^(?:Memory cgroup out|Out) of memory: Killed process \\d+ \\((?<name>.*)\\) total-vm:.*$',
    },
    by: ['line.host', 'line.name'],
    alert: {
      severity: 'error',
      labels: { host, name },
      summary: `Memory ran out on ${host}, and ${name} was killed`,
      resolve: 'never',
    },
  },
  segfault: {
    line: { program, text: '^(?<name>.*)\\[\\d+\\]: segfault at [0-9a-f]+ ip .*$' },
    by: ['line.host', 'line.name'],
    after: { count: 3, within: '1h' },
    alert: {
      severity: 'warning',
      labels: { host, name },
      summary: `${name} crashes on ${host}`,
      endsAfter: '1h',
    },
  },
  'kernel-fault': {
    line: { program, text: '^(?:BUG: |Oops: |watchdog: BUG: soft lockup).*$' },
    by: 'line.host',
    onceWithin: '10m',
    alert: {
      severity: 'error',
      labels: { host },
      summary: `The kernel of ${host} has a fault: \${line.text}`,
      resolve: 'never',
    },
  },
  'hung-task': {
    line: { program, text: '^INFO: task (?<name>.*):\\d+ blocked for more than \\d+ seconds\\.$' },
    by: 'line.host',
    alert: {
      severity: 'error',
      labels: { host },
      summary: `${name} hangs on ${host}`,
      endsAfter: '30m',
    },
  },
  'apparmor-denied': {
    line: {
      program: [program, 'audit'],
      text: 'apparmor="DENIED" operation="(?<operation>[^"]*)".* profile="(?<profile>[^"]*)"',
    },
    by: ['line.host', 'line.profile'],
    after: { count: 5, within: '10m' },
    alert: {
      severity: 'info',
      labels: { host, profile: `\${line.profile}` },
      summary: `AppArmor denies \${line.operation} to \${line.profile} on \${line.host}`,
      endsAfter: '1h',
    },
  },
}
