/** The part of ssh2 that is used; the package has no types. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events'
  import type { Duplex, Readable } from 'node:stream'

  export interface SshChannel extends Duplex {
    /** Bytes that the peer may still send. */
    readonly incoming: { readonly window: number }
  }

  export interface Prompt {
    prompt: string
    echo?: boolean
  }

  /** Something to log in with. */
  export type LoginMethod =
    | { type: 'password'; username: string; password: string }
    | { type: 'publickey'; username: string; key: string }
    | {
        type: 'keyboard-interactive'
        username: string
        prompt(
          name: string,
          instructions: string,
          language: string,
          prompts: readonly Prompt[],
          answer: (answers: string[]) => void,
        ): void
      }

  export interface Algorithms {
    readonly kex: readonly string[]
    readonly compress: readonly string[]
  }

  export interface ClientConfig {
    algorithms?: Algorithms
    host?: string
    port?: number
    /** A connection that is open, or is being opened, instead of a host and a port. */
    sock?: Duplex
    username: string
    password?: string
    privateKey?: string
    tryKeyboard: boolean
    /** Called for each attempt; it gives the next method to `next`, or false if there is no other. */
    authHandler?(
      methods: readonly string[] | null,
      isPartial: boolean | null,
      next: (method: LoginMethod | false) => void,
    ): void
    readyTimeout: number
    keepaliveInterval: number
    keepaliveCountMax: number
    /** Gets the key as SSH sends it. */
    hostVerifier(key: Buffer): boolean
  }

  /** `level` is the part that has failed, such as `client-authentication`. */
  export type SshError = Error & { level?: string }

  export interface Client extends EventEmitter {
    connect(config: ClientConfig): this
    subsys(
      name: string,
      opened: (error: Error | undefined, channel: SshChannel & { stderr: Readable }) => void,
    ): this
    end(): this
    destroy(): this
    on(event: 'ready' | 'close', listener: () => void): this
    on(event: 'error', listener: (error: SshError) => void): this
    on(
      event: 'keyboard-interactive',
      listener: (
        name: string,
        instructions: string,
        language: string,
        prompts: readonly Prompt[],
        answer: (answers: string[]) => void,
      ) => void,
    ): this
  }

  /** A key that was read. */
  export interface ParsedKey {
    readonly type: string
    /** The public key as SSH sends it. */
    getPublicSSH(): Buffer
    isPrivateKey(): boolean
    /** An error if the signature cannot be checked at all. */
    verify(data: Buffer, signature: Buffer, hash?: string): boolean | Error
  }

  interface Attempt {
    readonly username: string
    accept(): void
    reject(methods?: readonly string[]): void
  }

  /** A client wants to log in. A refusal names the methods that it may try. */
  export type LoginAttempt =
    | (Attempt & { readonly method: 'none' | 'hostbased' })
    | (Attempt & { readonly method: 'password'; readonly password: string })
    | (Attempt & {
        readonly method: 'keyboard-interactive'
        prompt(prompts: readonly Prompt[], answered: (answers: readonly string[] | Error) => void): void
      })
    | (Attempt & {
        readonly method: 'publickey'
        readonly key: { readonly algo: string; readonly data: Buffer }
        /** Undefined: the client only asks whether the key would do. */
        readonly signature?: Buffer
        readonly blob: Buffer
        readonly hashAlgo?: string
      })

  export interface ServerSession extends EventEmitter {
    on(
      event: 'subsystem',
      listener: (accept: () => SshChannel, reject: () => void, info: { name: string }) => void,
    ): this
  }

  /** A client of a server. */
  export interface ServerClient extends EventEmitter {
    end(): this
    on(event: 'authentication', listener: (attempt: LoginAttempt) => void): this
    on(event: 'session', listener: (accept: () => ServerSession, reject: () => void) => void): this
    on(event: 'error', listener: (error: SshError) => void): this
  }

  export interface ServerConfig {
    hostKeys: readonly string[]
    ident: string
    algorithms: Algorithms
    keepaliveInterval: number
    keepaliveCountMax: number
  }

  export interface Server extends EventEmitter {
    /** Serves a connection that somebody else has accepted. */
    injectSocket(socket: Duplex): void
    on(
      event: 'connection',
      listener: (client: ServerClient, info: { ip: string; port: number }) => void,
    ): this
  }

  const ssh2: {
    Client: new () => Client
    Server: new (config: ServerConfig) => Server
    utils: {
      parseKey(key: string | Buffer): ParsedKey | Error
      generateKeyPairSync(type: 'ed25519'): { private: string; public: string }
    }
  }
  export default ssh2
}
