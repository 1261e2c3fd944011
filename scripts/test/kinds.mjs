/** A test that uses more than its own process says so in the name of its file: `serve.process.test.ts`. */
export const kinds = {
  process: 'programs that it starts: the built command, other versions of Node.js, what each Linux has',
  nats: 'one or three real NATS servers',
  browser: 'Chromium',
  python: 'Python, and Python clients',
  peer: 'genuine programs that Tocsin talks with: rsyslog, PostgreSQL, netconfd, sshd, Prometheus and more',
  load: 'much of a processor or of memory: a million requests, events of many megabytes, logs that are damaged everywhere',
  system: 'what only root may do, or a tool of the system: containers, systemd, disks, networks, strace',
  long: 'rounds of faults, fuzz or seeds, which find more the longer they run',
}

const others = `{${Object.keys(kinds).join(',')}}`

/** The files of the second and the third ring. */
export const second = `test/**/*.${others}.test.ts`

/** Files whose helpers have state. */
export const browser = 'test/**/*.browser.test.ts'

/** Files that replace modules or the clocks of the language have a process of their own. */
export const isolated = 'test/**/*.isolated.test.ts'
export const isolatedSecond = `test/**/*.isolated.${others}.test.ts`

/** The test of the built program that belongs to the first ring. */
export const firstPage = 'test/readme/**/*.test.ts'
