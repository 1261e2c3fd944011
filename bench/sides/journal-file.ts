import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pastEvent } from '../harness/past-events.js'
import { findProgram } from '../harness/programs.js'

/** Makes a genuine file of the journal with entries as sshd writes them. */
export function journalFile(folder: string, count: number): Promise<void> {
  return writeJournal(
    folder,
    map(count, (nth) => loginFields(nth)),
  )
}

/** Makes a genuine file of the journal with events as a web server would write them, each value in a field. */
export function journalOfPast(folder: string, count: number): Promise<void> {
  return writeJournal(
    folder,
    map(count, (nth) => pastFields(nth)),
  )
}

async function writeJournal(folder: string, entries: Iterable<string[]>): Promise<void> {
  const words = ['-o', join(folder, 'system.journal'), '-']
  const writer = spawn(findProgram('systemd-journal-remote')!, words, {
    // It tells each file that it begins.
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let said = ''
  writer.stderr.on('data', (text) => {
    said += text
  })
  const ended = once(writer, 'close')
  await pipeline(Readable.from(exported(entries)), writer.stdin)
  const [code] = await ended
  if (code !== 0) throw new Error(`systemd-journal-remote ended with code ${code}: ${said}`)
}

/** The export format of the journal. */
function* exported(entries: Iterable<string[]>): Generator<string> {
  for (const fields of entries) yield `${fields.join('\n')}\n\n`
}

function* map(count: number, fieldsOf: (nth: number) => string[]): Generator<string[]> {
  for (let nth = 0; nth < count; nth++) yield fieldsOf(nth)
}

function commonFields(n: number, host: string): string[] {
  return [
    `__REALTIME_TIMESTAMP=${1_763_693_666_000_000 + n * 10_000}`,
    `__MONOTONIC_TIMESTAMP=${(n + 1) * 10_000}`,
    '_BOOT_ID=0123456789abcdef0123456789abcdef',
    '_MACHINE_ID=fedcba9876543210fedcba9876543210',
    `_HOSTNAME=${host}`,
    '_TRANSPORT=syslog',
  ]
}

function pastFields(nth: number): string[] {
  const { severity, host, message, fields } = pastEvent(nth).data
  return [
    ...commonFields(nth, host),
    `PRIORITY=${severity === 'err' ? 3 : 6}`,
    'SYSLOG_IDENTIFIER=nginx',
    `MESSAGE=${message}`,
    ...Object.entries(fields).map(([name, value]) => `${name.toUpperCase()}=${value}`),
  ]
}

function loginFields(n: number): string[] {
  return [
    ...commonFields(n, 'web1'),
    '_UID=0',
    '_GID=0',
    '_COMM=sshd',
    '_EXE=/usr/sbin/sshd',
    '_CMDLINE=sshd: root [priv]',
    '_CAP_EFFECTIVE=1ffffffffff',
    '_SELINUX_CONTEXT=unconfined',
    '_SYSTEMD_CGROUP=/system.slice/ssh.service',
    '_SYSTEMD_UNIT=ssh.service',
    '_SYSTEMD_SLICE=system.slice',
    '_SYSTEMD_INVOCATION_ID=99999999999999999999999999999999',
    // Never that of the hub, which passes over its own entries.
    `_PID=${5_000_000 + (n % 30_000)}`,
    `_SOURCE_REALTIME_TIMESTAMP=${1_763_693_666_000_000 + n * 10_000}`,
    'PRIORITY=6',
    'SYSLOG_FACILITY=10',
    'SYSLOG_IDENTIFIER=sshd',
    `SYSLOG_PID=${5_000_000 + (n % 30_000)}`,
    'SYSLOG_TIMESTAMP=Nov 21 02:54:26 ',
    `MESSAGE=Failed password for invalid user admin from 203.0.113.${n % 255} port ${n % 65_536} ssh2`,
  ]
}
