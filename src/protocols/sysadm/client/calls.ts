import { TocsinError } from '../../../errors/tocsin-error.js'
import { isObject, own } from '../../../event/json/object.js'
import { SysadmKey } from './login-key.js'
import { textIn } from './message.js'

/** Asks the server; see SysadmClient.ask. */
export type Ask = (namespace: string, name: string, args: unknown) => Promise<unknown>

/** A job that waits or runs. */
export interface SysadmJob {
  id: string
  queue: string
  commands: string[]
  state: 'pending' | 'running' | (string & {})
  /** In its queue, while it waits. */
  position?: number
}

/** A job that the server has not started or killed. */
export interface JobRefusal {
  id: string
  message: string
  /** A hub says which of its errors it is. */
  code?: string
}

/**
 * The jobs of a server: `rpc/dispatcher`.
 *
 * @example
 * await nas.dispatcher.run({ nightly: ['zpool scrub tank', 'zpool status tank'] })
 * for (const { id, state } of await nas.dispatcher.list()) console.log(id, state)
 */
export class Dispatcher {
  readonly #ask: Ask

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /**
   * Starts a job for each id, with a command or several that run one after the other. Resolves with the ids that the
   * server has started, and those that a hub has refused; rejects if it has refused all. The end of a job is an event
   * of the class `dispatcher`.
   */
  async run(
    jobs: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<{ started: string[]; refused: JobRefusal[] }> {
    if (Object.hasOwn(jobs, 'action'))
      throw new TocsinError('TCN_SYSADM_REFUSED', 'a job cannot have the id `action`')
    const answer = await this.#ask('rpc', 'dispatcher', { ...jobs, action: 'run' })
    return { started: texts(own(answer, 'started')), refused: refusalsIn(answer) }
  }

  /** The jobs that have not finished. */
  async list(): Promise<SysadmJob[]> {
    const queues = own(await this.#ask('rpc', 'dispatcher', { action: 'list' }), 'jobs')
    if (!isObject(queues)) throw otherForm('rpc/dispatcher')
    return Object.entries(queues).flatMap(([queue, jobs]) =>
      isObject(jobs) ? Object.entries(jobs).map(([id, job]) => readJob(queue, id, job)) : [],
    )
  }

  /**
   * Resolves with the ids that the server says it has killed, and those that a hub has not, with the reason: unknown,
   * finished, somebody else's. A genuine server names all, and kills none.
   */
  async kill(ids: string | readonly string[]): Promise<{ killed: string[]; refused: JobRefusal[] }> {
    const answer = await this.#ask('rpc', 'dispatcher', { action: 'kill', job_id: ids })
    return { killed: texts(own(own(answer, 'killed'), 'jobs')), refused: refusalsIn(answer) }
  }
}

/** A public key with which a user logs in. */
export interface RegisteredKey {
  user: string
  /** PEM */
  publicPem: string
  /** Nickname, mail address and date, as the server shows them. */
  notes: string
}

/**
 * The public keys that a server accepts: `rpc/settings`.
 *
 * @example
 * const { key, pem } = await SysadmKey.make()
 * writeFileSync('sysadm.key', pem, { mode: 0o600, flag: 'wx' })
 * await nas.keys.register(key, { nickname: 'laptop' })
 */
export class KeySettings {
  readonly #ask: Ask

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** The own keys, and with full rights those of all users. */
  async list(): Promise<RegisteredKey[]> {
    const users = await this.#ask('rpc', 'settings', { action: 'list_ssl_certs' })
    if (!isObject(users)) throw otherForm('rpc/settings')
    return Object.entries(users).flatMap(([user, keys]) =>
      Object.entries(isObject(keys) ? keys : {}).map(([text, notes]) => ({
        user,
        publicPem: Buffer.from(text, 'base64').toString(),
        notes: typeof notes === 'string' ? notes : '',
      })),
    )
  }

  /** Base64 of the MD5 over each PEM. */
  async checksums(): Promise<string[]> {
    return texts(own(await this.#ask('rpc', 'settings', { action: 'list_ssl_checksums' }), 'md5_keys'))
  }

  /** Registers the key for the user who is logged in. */
  async register(key: SysadmKey | string, notes: { nickname?: string; email?: string } = {}): Promise<void> {
    const { nickname = '', email = '' } = notes
    await this.#ask('rpc', 'settings', {
      action: 'register_ssl_cert',
      pub_key: publicText(key),
      nickname,
      email,
    })
  }

  async revoke(key: SysadmKey | string, user?: string): Promise<void> {
    const of = user === undefined ? {} : { user }
    await this.#ask('rpc', 'settings', { action: 'revoke_ssl_cert', pub_key: publicText(key), ...of })
  }
}

export type SysadmLog =
  | 'hostinfo'
  | 'dispatcher'
  | 'events-dispatcher'
  | 'events-lifepreserver'
  | 'events-state'

export interface LogsAsked {
  /** Default: all. */
  logs?: readonly SysadmLog[]
  /** Default: twelve hours before the end. */
  from?: Date
  /** Default: now. */
  to?: Date
}

/** Entries by log and by local time of the server, without a zone: objects in the logs of events, text in others. */
export type LogEntries = Partial<Record<SysadmLog, Record<string, unknown>>>

const HALF_DAY = 12 * 3_600_000

/** Reads logs of the server. A genuine one keeps one entry for each second. */
export async function readLogs(ask: Ask, { logs, from, to }: LogsAsked, now: number): Promise<LogEntries> {
  const end = to?.getTime() ?? now
  const start = from?.getTime() ?? end - HALF_DAY
  const seconds = (ms: number): string => String(Math.floor(ms / 1000))
  const answer = await ask('rpc', 'logs', {
    action: 'read_logs',
    ...(logs === undefined ? {} : { logs }),
    time_format: 'time_t_seconds',
    start_time: seconds(start),
    end_time: seconds(end),
  })
  if (!isObject(answer)) throw otherForm('rpc/logs')
  // The final line break of a file becomes an entry without a time.
  const entries = Object.entries(answer)
    .filter((entry): entry is [string, Record<string, unknown>] => isObject(entry[1]))
    .map(([log, byTime]) => [log, Object.fromEntries(Object.entries(byTime).filter(([time]) => time !== ''))])
  return Object.fromEntries(entries)
}

/** The classes that the server has for this user, and whether they may be changed. */
export async function readQuery(ask: Ask): Promise<Record<string, string>> {
  const answer = await ask('rpc', 'query', '')
  if (!isObject(answer)) throw otherForm('rpc/query')
  return Object.fromEntries(
    Object.entries(answer).filter(([, right]) => typeof right === 'string'),
  ) as Record<string, string>
}

function readJob(queue: string, id: string, job: unknown): SysadmJob {
  const position = Number(textIn(job, 'queue_position') || Number.NaN)
  const place = Number.isInteger(position) ? { position } : {}
  return { id, queue, commands: texts(own(job, 'commands')), state: textIn(job, 'state'), ...place }
}

/** A hub names them beside what genuine servers answer: by id, with its error, or with a text. */
function refusalsIn(answer: unknown): JobRefusal[] {
  const refused = own(answer, 'refused')
  if (!isObject(refused)) return []
  return Object.entries(refused).map(([id, why]) => {
    const code = textIn(why, 'code')
    return {
      id,
      message: typeof why === 'string' ? why : textIn(why, 'message'),
      ...(code !== '' && { code }),
    }
  })
}

function publicText(key: SysadmKey | string): string {
  return key instanceof SysadmKey ? key.registration : Buffer.from(key).toString('base64')
}

function otherForm(what: string): TocsinError {
  return new TocsinError('TCN_SYSADM_ANSWER', `${what} was answered in another form`)
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
