import { Access, type Grant, type Identity } from '../../src/access/index.js'
import { idOfToken } from '../../src/access/token.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { clockByHand } from '../helpers/fake-runtime.js'
import { type EngineName, RestartedState, turns } from '../state/restarted-state.js'

const CONFIGURED = { ops: { see: ['ops/'] } } satisfies Record<string, Grant>

interface ModelToken {
  readonly name: string
  readonly secret: string
  /** µs since the epoch */
  expires: number
  /** `here`: over until the hub restarts, as the store could not be told; `unsure`: the hub is asked. */
  fate: 'valid' | 'over' | 'here' | 'unsure'
  /** What the hub gave for it since its start. */
  identity: Identity | undefined
}

export interface TokenDeed {
  kind: 'add' | 'rotate' | 'revoke'
  name: string
  /** Lifetime of a new token or grace of an old one, ms. */
  time: number | undefined
}

/** The tokens of a hub that is stopped and killed, beside those that there should be. */
export class TokenWorld {
  readonly failures: string[] = []
  readonly runtime = clockByHand()
  #state!: RestartedState
  #access!: Access
  #tokens: ModelToken[] = []

  static async open(engine: EngineName): Promise<TokenWorld> {
    const world = new TokenWorld()
    world.#state = await RestartedState.open(world.runtime, engine)
    await world.#start()
    return world
  }

  set full(full: boolean) {
    this.#state.full = full
  }

  async do(deed: TokenDeed): Promise<void> {
    try {
      await this.#perform(deed)
    } catch (error) {
      this.#refused(deed, error)
    }
    this.check()
  }

  /** Kills the hub some turns after the deed has begun. */
  async crashIn(deed: TokenDeed, after: number): Promise<void> {
    for (const token of this.#named(deed.name)) token.fate = 'unsure'
    this.#perform(deed).catch(() => undefined)
    await turns(after)
    await this.restart(true)
  }

  async restart(isCrash: boolean): Promise<void> {
    if (isCrash) this.#state.crash()
    this.#access.close()
    await this.#state.reopen()
    for (const token of this.#tokens) {
      token.identity = undefined
      if (token.fate === 'here') token.fate = 'unsure'
    }
    await this.#start()
    this.check()
  }

  async pass(ms: number): Promise<void> {
    await this.runtime.pass(ms)
    this.check()
  }

  async close(): Promise<void> {
    this.#access.close()
    await this.#state.close()
  }

  check(): void {
    for (const token of this.#tokens) {
      const found = this.#access.tokens.identify(token.secret)
      if (token.fate === 'unsure') this.#adopt(token, found !== undefined)
      const isValid = token.fate === 'valid' && token.expires > this.runtime.now()
      const text = `${token.name} ${idOfToken(token.secret)}`
      if (isValid !== (found !== undefined)) this.failures.push(`${text} should be ${token.fate}`)
      if (isValid && found?.principal.name !== this.#principalOf(token.name))
        this.failures.push(`${text} is ${found?.principal.name}`)
      token.identity ??= found
      if (token.identity !== undefined && token.identity.ended?.aborted !== !isValid)
        this.failures.push(`what was opened with ${text} should ${isValid ? 'stay' : 'end'}`)
    }
  }

  async #start(): Promise<void> {
    this.#access = new Access(CONFIGURED, { typeOf: () => 'test' }, 'host/test')
    await this.#access.open({ bucket: this.#state.store.bucket('principals'), runtime: this.runtime })
  }

  async #perform({ kind, name, time }: TokenDeed): Promise<void> {
    const { tokens } = this.#access
    const now = this.runtime.now()
    const old = this.#named(name).filter(({ fate }) => fate === 'valid')
    const [current] = tokens.list().filter((each) => each.name === name && !each.rotated)
    if (kind === 'revoke') {
      const ended = await tokens.revoke(name)
      if (ended < old.filter(({ expires }) => expires > now).length)
        this.failures.push(`${ended} tokens ${name} were revoked, of ${old.length}`)
      for (const token of this.#named(name)) token.fate = 'over'
    } else if (kind === 'rotate') {
      const { token, record } = await tokens.rotate(name, (time ?? 0) * 1000)
      const replaced = old.find(({ secret }) => idOfToken(secret) === current.id)
      if (replaced !== undefined) replaced.expires = Math.min(replaced.expires, now + (time ?? 0) * 1000)
      this.#keep(name, token, record.expires)
    } else {
      const principal = this.#principalOf(name)
      const grant = principal === name ? { see: ['a/'] } : undefined
      const expires = time === undefined ? undefined : time * 1000
      const { token, record } = await tokens.add({ name, principal, grant, expires })
      if (old.some((each) => each.expires > now)) this.failures.push(`a second token ${name} was added`)
      this.#keep(name, token, record.expires)
    }
  }

  /** A refusal changes nothing, unless it is the store that refuses: what should end is then over here. */
  #refused({ kind, name }: TokenDeed, error: unknown): void {
    const isUnknown = TocsinError.is(error, 'TCN_TOKEN_UNKNOWN')
    if (TocsinError.is(error) && !isUnknown) return
    for (const token of this.#named(name)) {
      if (isUnknown) token.fate = 'over'
      else if (kind === 'revoke' && token.fate !== 'over') token.fate = 'here'
    }
  }

  #keep(name: string, secret: string, expires = Number.POSITIVE_INFINITY): void {
    this.#tokens.push({ name, secret, expires, fate: 'valid', identity: undefined })
  }

  #adopt(token: ModelToken, isValid: boolean): void {
    const record = this.#access.tokens.list().find(({ id }) => id === idOfToken(token.secret))
    token.fate = isValid ? 'valid' : 'over'
    token.expires = record?.expires ?? Number.POSITIVE_INFINITY
  }

  #named(name: string): ModelToken[] {
    return this.#tokens.filter((token) => token.name === name)
  }

  /** Tokens whose names begin with `ops` belong to a configured principal, others bring their own. */
  #principalOf(name: string): string {
    return name.startsWith('ops') ? 'ops' : name
  }
}
