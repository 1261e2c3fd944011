import type { LibraryRule } from './kit.js'

const host = `\${line.host}`
const program = 'chronyd'

/** Clocks. */
export const time: Readonly<Record<string, LibraryRule>> = {
  'clock-without-source': {
    line: { program, text: "^Can't synchronise: no selectable sources.*$" },
    by: 'line.host',
    alert: {
      severity: 'warning',
      labels: { host },
      summary: `The clock of ${host} has no source`,
      resolve: { line: { program, text: '^Selected source .*$' } },
    },
  },
  'clock-wrong': {
    line: { program, text: '^System clock wrong by (?<seconds>-?[0-9.]+) seconds.*$' },
    by: 'line.host',
    alert: {
      severity: 'warning',
      labels: { host },
      summary: `The clock of ${host} was wrong by \${line.seconds} s`,
      resolve: 'never',
    },
  },
}
