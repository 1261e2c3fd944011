import { InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../../config/values/quantities.js'
import { isEdgePosition } from '../../event/edge-position.js'
import { checkLocalRange } from '../../event/empty-range.js'
import { withoutZone } from '../../event/position.js'
import { localZone } from '../../event/zone.js'

/**
 * Options that several commands have. A name takes the same argument and means the same in every command: the
 * description of the option begins with the words given here.
 */
export const vocabulary = {
  '--ack': ['<level>', 'what to wait for: accepted (stored in order) or durable (flushed to the disk)'],
  '--bridge': ['<address>', 'address of a bridge through which the server is reached by its name'],
  '--bridge-key': [
    '<file>',
    'file with the private RSA key (PEM) by which the bridge knows you, if it is another',
  ],
  '--bus': ['<name>', 'Salt bus, by its name in the hub'],
  '--ca': ['<file>', 'CA certificate (PEM) that signed the certificate'],
  '--certificate': ['<file>', 'client certificate (PEM)'],
  '--color': ['<when>', 'use colours: auto (on a terminal), always or never'],
  '--command': ['<command>', 'a command in one argument, instead of words; may be given several times'],
  '--comment': ['<text>', 'why it is done'],
  '--by': ['<field>', 'count the values of this field separately'],
  '--config': ['<file>', 'configuration file'],
  '--confirmed': ['<deadline>', 'revert it unless it is confirmed within this time: 600 (seconds), 10m'],
  '--config-dir': ['<folder>', 'folder of the Salt configuration'],
  '--consumer': ['<name>', 'name of a durable consumer'],
  '--context': ['<name>', 'hub by the name of its context; see tocsin context'],
  '--count': ['<n>', 'end after n events'],
  '--data': ['<folder>', 'data folder'],
  '--dry-run': ['', 'show what would happen, and change nothing'],
  '--duration': ['<duration>', 'end after this time, such as 30s'],
  '--edges': [
    '<edges>',
    'ask these edge hubs instead of the hub: web*,!web7, site=fra, mid/*; @here is the hub itself',
  ],
  '--event-time': ['', 'take the range as the time at which events happened, not at which they were stored'],
  '--fields': ['<list>', 'print these fields, separated by tabs: time,tag,data.jid'],
  '--follow': ['', 'continue with events as they happen'],
  '--force': ['', 'replace what exists'],
  '--format': ['<name>', 'output format'],
  '--from': ['<position>', 'start position; see tocsin help positions'],
  '--grep': ['<text>', 'only events with this text in the tag or anywhere in the body'],
  '--here': ['', 'only the hub that is asked, not the other hubs of its cluster'],
  '--host': ['<name>', 'only events of this host; a glob, such as web*'],
  '--host-key': [
    '<fingerprint>',
    'fingerprint of the host key of the device, as OpenSSH prints it; may be given several times',
  ],
  '--hub': ['<name>', 'only the hub of the cluster with this name'],
  '--id': ['<id>', 'id of the job'],
  '--ignore-case': ['', 'let --grep match upper and lower case alike'],
  '--insecure': ['', 'accept every certificate: others on the way can read and change everything'],
  '--lag': ['<policy>', 'what to do when this command is too slow'],
  '--key-file': ['<file>', 'file with the private key to log in with'],
  '--label': ['<text>', 'short name to find it by'],
  '--last': ['<n>', 'start with the last n events that match'],
  '--limit': ['<n>', 'show at most n'],
  '--log-format': ['<format>', 'form of the lines on standard error'],
  '--log-level': ['<level>', 'least grave lines on standard error'],
  '--login-key': ['<file>', 'file with the private RSA key (PEM) to log in with'],
  '--mask': ['<list>', 'types of notifications: AUDIT,COMMIT_DIFF, or ALL'],
  '--minion': ['<id>', 'ID of the minion'],
  '--module': ['<name>', 'module of the vendor: ncs for NSO, confd for ConfD'],
  '--no-pager': ['', 'do not send the output through a pager on a terminal'],
  '--node': ['<node>', 'whose bus: that of the master or of a minion'],
  '--output': ['<file>', 'file to write, which must not exist yet; - is stdout'],
  '--part': ['', 'let --grep match parts of words too'],
  '--password-file': ['<file>', 'file with the password; - is stdin'],
  '--pin': [
    '<fingerprint>',
    'fingerprint (SHA-256) of the certificate, instead of an authority; may be given several times',
  ],
  '--ppid': ['<n>', 'payload protocol identifier to send with, such as 60'],
  '--quiet': ['', 'print no events'],
  '--root': ['<folder>', 'tree of a system that does not run, instead of this system'],
  '--session': [
    '<name>',
    'name of the session; commands with the same name continue with the same candidate',
  ],
  '--show-cursor': ['', 'at the end, print the cursor of the last event shown on stderr'],
  '--sock-dir': ['<folder>', "folder of the bus's sockets"],
  '--severity': ['<level>', 'only events as severe as this, or worse'],
  '--socket': ['<path>', 'Unix socket of the hub'],
  '--source': ['<source>', 'source to publish as'],
  '--speed': ['<factor>', 'pace relative to the original: 1x, 10x, 0.5x or max'],
  '--start': ['<when>', 'replay the stream from -1h, 06:00 or an RFC 3339 time'],
  '--stream': ['<name>', 'name of the stream'],
  '--stream-id': ['<n>', 'stream to send on'],
  '--strict': ['', 'end with exit code 6 if something is missing'],
  '--template': ['<text>', "print each event like this: '{{.time}} {{.tag}} {{.data.retcode}}'"],
  '--time': ['<style>', 'how times are written; short is usual on a terminal, utc elsewhere'],
  '--timeout': ['<duration>', 'how long to wait before giving up, such as 10s'],
  '--to': ['<position>', 'end position; see tocsin help positions'],
  '--url': [
    '<address>',
    'address of the hub: unix:/path, tcp://, tls://, ws://, wss:// or https://host:port',
  ],
  '--user': ['<name>', 'user to log in as'],
  '--verbosity': ['<level>', 'how detailed steps of progress are'],
  '--where': ['<condition>', 'SQL condition that events must meet as well; see tocsin help filters'],
  '--why': ['<text>', 'the reason, which is stored'],
  '--yes': ['', 'do not ask on a terminal before something is lost'],
} as const satisfies Record<`--${string}`, readonly [argument: string, meaning: string]>

export type SharedName = keyof typeof vocabulary

/** Verbs of the commands that manage things of a kind, such as tokens. */
export const verbs = {
  list: 'show all of them, one a line',
  show: 'show one in full',
  add: 'create one',
  remove: 'remove one',
} as const

/** The text that a command adds to the meaning of a shared option. */
export interface Particulars {
  short?: string
  /** A note about this command only. */
  note?: string
  /** The default, in words. */
  usual?: string
}

/** A shared option, with the parser that its argument needs. */
export function sharedOption(name: SharedName, { short, note, usual }: Particulars = {}): Option {
  const [argument, meaning] = vocabulary[name]
  const flags = `${short === undefined ? '' : `${short}, `}${name}${argument && ` ${argument}`}`
  const text = note === undefined ? meaning : `${meaning}; ${note}`
  const option = new Option(flags, usual === undefined ? text : `${text} (default: ${usual})`)
  const parser = name === '--from' ? readStart : parsers[argument]
  return parser === undefined ? option : option.argParser(parser)
}

export function parseCount(text: string): number {
  const count = Number(text)
  if (!/^\d{1,15}$/.test(text) || count < 1) throw new InvalidArgumentError('It is not a number from 1 up.')
  return count
}

/** Timers cannot wait longer. */
const MAX_MS = 24 * 86400e3

/** ms */
export function parseTimeout(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms < 1 || ms > MAX_MS) {
    throw new InvalidArgumentError('It is not a duration from 1ms to 24d, such as 500ms, 30s, 5m, 1h.')
  }
  return ms
}

const MAX_SPAN_MS = 100 * 365 * 86400e3

/** ms; from nothing to a century. */
export function parseTimeSpan(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms > MAX_SPAN_MS) {
    throw new InvalidArgumentError('It is not a duration, such as 30s, 1h, 30d.')
  }
  return ms
}

/** The hub does not know the time zone of this terminal, so local times are resolved here. */
export function readPosition(text: string): string {
  return isEdgePosition(text) ? text : withoutZone(text, Date.now() * 1000, localZone)
}

function readStart(text: string): string {
  checkLocalRange({ from: text }, Date.now() * 1000, localZone)
  return readPosition(text)
}

const MAX_CONFIRM_MS = 86400e3

/** ms; a number alone means seconds. */
export function parseConfirmTime(text: string): number {
  const ms = parseDuration(/^\d+$/.test(text) ? `${text}s` : text)
  if (ms === undefined || ms < 1000 || ms > MAX_CONFIRM_MS) {
    throw new InvalidArgumentError('It is not a time from 1s to 24h, such as 600, 10m.')
  }
  return ms
}

const parsers: Record<string, ((text: string) => unknown) | undefined> = {
  '<position>': readPosition,
  '<duration>': parseTimeout,
  '<n>': parseCount,
  '<deadline>': parseConfirmTime,
}
