/** The part of ssh2 that is used; the package has no types. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events'
  import type { Duplex } from 'node:stream'

  export interface Prompt {
    prompt: string
    echo?: boolean
  }

  export interface ClientConfig {
    host: string
    port: number
    username: string
    password?: string
    privateKey?: string
    tryKeyboard: boolean
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
    subsys(name: string, opened: (error: Error | undefined, channel: Duplex) => void): this
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

  const ssh2: { Client: new () => Client }
  export default ssh2
}
