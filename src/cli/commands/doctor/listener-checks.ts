import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { hubSocketPath, socketEnvironment } from '../../../client/transport/socket-path.js'
import { expandHome } from '../../../config/paths.js'
import { isCredential } from '../../../config/secret-file.js'
import { type Address, formatAddress } from '../../../config/values/address.js'
import type { CertificateFiles } from '../../../faces/shared/listener.js'
import { tlsFiles } from '../../../hub/tls.js'
import type { HubStatus } from '../../../methods/contract/index.js'
import { checkSocketFolders } from '../../../parts/unix-socket.js'
import {
  type Check,
  isOfHub,
  localStatus,
  messageOfThrown,
  ok,
  type Patient,
  REFUSED,
  warning,
  wrong,
} from './finding.js'
import { short } from './hub-checks.js'

const SOON_DAYS = 30
const DAY_MS = 86_400_000

const sockets: Check = {
  name: 'sockets',
  async run(patient) {
    return patient.config.listen.unix.map(({ path }) => {
      const place = hubSocketPath(path && expandHome(path, patient.environment), socketEnvironment())
      const folder = dirname(place)
      if (listens(patient, `unix:${place}`)) return ok(`${place}: the hub listens`)
      if (!existsSync(folder)) return ok(`${place}: the hub creates its folder`)
      const { mode, uid } = statSync(folder)
      if (uid !== process.getuid?.())
        return wrong(`${folder} belongs to another user`, `run the hub as that user`)
      if ((mode & 0o077) !== 0) return wrong(`others have access to ${folder}`, `chmod 700 ${folder}`)
      const danger = messageOfThrown(() => checkSocketFolders(folder))
      if (danger !== undefined) return wrong(danger, REFUSED)
      return ok(`${place}: the folder is private`)
    })
  },
}

/** A port that the configuration names. */
interface Port {
  face: string
  /** The key in the configuration. */
  key: string
  address: Address
  /** Returns whether a listener of the hub is the one of this key. */
  isServedBy(listener: HubStatus['listeners'][number]): boolean
}

function portsOf({ config: { listen, sysadm } }: Patient): Port[] {
  const named = (key: string, face: string, address: Address | undefined): Port[] =>
    address === undefined ? [] : [{ key, face, address, isServedBy: (listener) => listener.face === face }]
  return [
    ...named('listen.http', 'http', listen.http === 'off' ? undefined : listen.http.address),
    ...(listen.tcp === 'off' ? [] : [tcpPort(listen.tcp.address)]),
    ...named('sysadm.listen', 'sysadm', sysadm.listen),
    ...named('sysadm.rest', 'sysadm-rest', sysadm.rest),
  ]
}

/** The native face has unix sockets too. */
function tcpPort(address: Address): Port {
  const scheme = /^(?:tcp|tls):/
  return { key: 'listen.tcp', face: 'tcp', address, isServedBy: (listener) => scheme.test(listener.address) }
}

const ports: Check = {
  name: 'ports',
  async run(patient) {
    const wanted = portsOf(patient)
    if (wanted.length === 0) return [ok('HTTP and TCP are off')]
    return Promise.all(wanted.map((port) => checkPort(patient, port)))
  },
}

async function checkPort(patient: Patient, port: Port) {
  const { face, key, address } = port
  const at = `${face} ${formatAddress(address)}`
  if (listens(patient, formatAddress(address))) return ok(`${at}: the hub listens`)
  const code = await tryPort(address)
  if (code === undefined) {
    // A hub with another configuration is not expected to listen here.
    const elsewhere = listenersOf(patient, port)
    if (elsewhere.length > 0) {
      return ok(`${at} is configured; the hub was started with ${elsewhere.join(', ')} instead`)
    }
    return localStatus(patient) === undefined || !isOfHub(patient)
      ? ok(`${at} is free`)
      : warning(`${at} is configured, and the running hub does not listen there`, 'restart the hub')
  }
  if (code === 'EADDRINUSE') {
    const holder = holderOf(address.port)
    if (face === 'http' && isOptional(patient)) {
      return warning(
        `${at} is in use by ${holder ?? 'another process'}: no HTTP here`,
        'choose another for listen.http',
      )
    }
    return wrong(`${at} is in use by ${holder ?? 'another process'}`, `stop it, or change ${key}`)
  }
  return wrong(`${at} cannot be used: ${code}`, `change ${key}`)
}

/** Returns whether HTTP was not configured explicitly; then the hub works without it. */
function isOptional({ config }: Patient): boolean {
  const { http } = config.listen
  return http !== 'off' && 'optional' in http
}

/** The code of the system error if the port cannot be used. */
function tryPort({ host, port }: Address): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** Addresses on which the running hub serves it: an option of `tocsin serve` takes precedence over the file. */
function listenersOf(patient: Patient, { isServedBy }: Port): string[] {
  const listeners = localStatus(patient)?.listeners ?? []
  return listeners.filter(isServedBy).map(({ address }) => address)
}

function listens(patient: Patient, address: string): boolean {
  return localStatus(patient)?.listeners.some((listener) => listener.address.endsWith(address)) ?? false
}

const certificate: Check = {
  name: 'certificate',
  async run(patient) {
    const own = patient.config.sysadm.tls
    const ofSysadm = own && examinePair({ certificate: own.cert, key: own.key }, 'sysadm.tls', patient)
    const common = commonCertificate(patient)
    return ofSysadm === undefined ? common : [...common.filter(({ text }) => text !== UNNEEDED), ...ofSysadm]
  },
}

const UNNEEDED = 'none is needed'

function commonCertificate(patient: Patient) {
  const { http, tcp, tls } = patient.config.listen
  const files = tlsFiles(tls, patient.data)
  const needed = [http, tcp].some((listener) => listener !== 'off' && listener.tls)
  if (files === undefined)
    return needed ? [wrong('a hub in memory has no certificate of its own', 'name one in listen.tls')] : []
  const isThere = existsSync(expandHome(files.certificate, patient.environment))
  return isThere || needed ? examinePair(files, 'listen.tls', patient) : [ok(UNNEEDED)]
}

/** `place` is the part of the configuration that names the files. */
function examinePair({ certificate, key }: CertificateFiles, place: string, { environment }: Patient) {
  const [certificateFile, keyFile] = [certificate, key].map((path) => expandHome(path, environment))
  const hasKey = !isCredential(key)
  if (!existsSync(certificateFile))
    return [wrong(`there is no certificate at ${short(certificateFile)}`, remedy(place))]
  if (hasKey && !existsSync(keyFile)) return [wrong(`there is no key at ${short(keyFile)}`, remedy(place))]
  return [examine(certificateFile, place), ...(hasKey ? examineKey(certificateFile, keyFile, place) : [])]
}

function remedy(place: string): string {
  return place === 'listen.tls' ? '`tocsin tls init`' : `correct ${place}`
}

function examine(file: string, place: string) {
  const { validTo, subject } = new X509Certificate(readFileSync(file))
  const days = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS)
  const name = `${short(file)} (${subject.replaceAll('\n', ', ')})`
  if (days < 0)
    return wrong(`${name} is no longer valid since ${validTo}`, `${renewal(place)}, then send SIGHUP`)
  if (days < SOON_DAYS) return warning(`${name} is valid for ${days} days more`, 'renew it, then send SIGHUP')
  return ok(`${name} is valid for ${days} days`)
}

function renewal(place: string): string {
  return place === 'listen.tls' ? '`tocsin tls init --force`' : 'renew it'
}

function examineKey(certificateFile: string, keyFile: string, place: string) {
  const key = createPrivateKey(readFileSync(keyFile))
  if (!new X509Certificate(readFileSync(certificateFile)).checkPrivateKey(key))
    return [wrong(`${short(keyFile)} is the key of another certificate`, `name both of one pair in ${place}`)]
  if ((statSync(keyFile).mode & 0o077) !== 0)
    return [wrong(`others may read the key ${short(keyFile)}`, `chmod 600 ${keyFile}`)]
  return []
}

export const listenerChecks = [sockets, ports, certificate]

const LISTEN = '0A'

/** The process that listens on a TCP port, if this user may see it. */
export function holderOf(port: number): string | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => inodesOn(port, table)))
  if (inodes.size === 0) return undefined
  const pid = list('/proc').find((entry) => /^\d+$/.test(entry) && holds(entry, inodes))
  return pid === undefined ? undefined : `${read(`/proc/${pid}/comm`).trim()} (pid ${pid})`
}

/** proc(5), /proc/net/tcp: local address, state and inode are columns 1, 3 and 9. */
function inodesOn(port: number, table: string): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return read(`/proc/net/${table}`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(`:${hex}`) && columns[3] === LISTEN)
    .map((columns) => columns[9])
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  return list(`/proc/${pid}/fd`).some((fd) => {
    const target = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))
    return target !== null && inodes.has(target[1])
  })
}

function list(folder: string): string[] {
  return quietly(() => readdirSync(folder), [])
}

function read(file: string): string {
  return quietly(() => readFileSync(file, 'utf8'), '')
}

function link(file: string): string {
  return quietly(() => readlinkSync(file), '')
}

function quietly<Value>(get: () => Value, otherwise: Value): Value {
  try {
    return get()
  } catch {
    return otherwise
  }
}
