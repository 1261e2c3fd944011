import type { LibraryRule } from './kit.js'

const host = `\${line.host}`
const unit = `\${line.unit}`
const cron = ['CRON', 'cron', 'crond']
const highstate = "(data.fun = 'state.highstate' OR data.fun = 'state.apply')"

/** Jobs of cron, units of systemd, and states of Salt. */
export const jobs: Readonly<Record<string, LibraryRule>> = {
  'cron-failed': {
    line: {
      program: cron,
      text: '^\\((?<user>[^)]*)\\) error \\(grandchild #\\d+ failed with exit status (?<status>\\d+)\\)$',
    },
    by: 'line.host',
    alert: {
      severity: 'error',
      labels: { host },
      summary: `A job of cron has failed on ${host} with exit status \${line.status}`,
      resolve: 'never',
    },
  },
  'cron-mail-lost': {
    line: { program: cron, text: '^\\([^)]*\\) info \\(No MTA installed, discarding output\\)$' },
    by: 'line.host',
    onceWithin: '1d',
    alert: {
      severity: 'info',
      labels: { host },
      summary: `Nobody reads what jobs of cron print on ${host}`,
      resolve: 'never',
    },
  },
  'unit-failed': {
    line: { program: 'systemd', text: "^(?<unit>\\S+\\.[a-z]+): Failed with result '(?<result>[^']*)'\\.$" },
    by: ['line.host', 'line.unit'],
    alert: {
      severity: 'error',
      labels: { host, unit },
      summary: `${unit} has failed on ${host}: \${line.result}`,
      resolve: {
        line: { program: 'systemd', text: '^(?:Started|Finished) (?<unit>\\S+\\.[a-z]+)(?: - .*)?\\.$' },
      },
    },
  },
  'unit-restarting': {
    line: {
      program: 'systemd',
      text: '^(?<unit>\\S+\\.[a-z]+): Scheduled restart job, restart counter is at \\d+\\.$',
    },
    by: ['line.host', 'line.unit'],
    after: { count: 3, within: '10m' },
    alert: {
      severity: 'error',
      labels: { host, unit },
      summary: `${unit} is restarted again and again on ${host}`,
      endsAfter: '30m',
    },
  },
  'highstate-failed': {
    filter: 'salt/job/*/ret/*',
    where: `${highstate} AND data.retcode <> 0`,
    by: 'data.id',
    alert: {
      severity: 'error',
      labels: { minion: `\${data.id}` },
      summary: `States have failed on \${data.id}`,
      resolve: { filter: 'salt/job/*/ret/*', where: `${highstate} AND data.retcode = 0` },
    },
  },
}
