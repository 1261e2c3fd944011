import type { ConnectionLimits } from '../../web/limits.js'

/** How one listener behaves, named as its configuration. Times in ms. */
export interface RestSettings {
  /** Origins whose pages may use a cookie of this listener; `*` for all. Every page may show a token itself. */
  origins: readonly string[]
  /** Whether `?token=` and `?salt_token=` count. */
  tokensInQuery: boolean
  webhookUrl: string
  webhookDisableAuth: boolean
  sessionTimeout: number
  tokenExpire: number
  maxRequestBodySize: number
  eauth: EauthSettings
  upstream?: UpstreamSettings
}

/** A user of a backend, and the principal that it is here; `*` is everybody else. */
export type UserMap = Readonly<Record<string, string>>

export interface EauthSettings {
  /** Names of `eauth` under which user and password of the hub's principals count. */
  principals: readonly string[]
  file?: {
    filename: string
    hashtype: 'plaintext' | 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'
    separator: string
    users: UserMap
  }
  sharedsecret?: { filename: string; users: UserMap }
}

export interface UpstreamSettings {
  /** Of a genuine salt-api. */
  url: string
  timeout: number
}

export interface RestLimits extends ConnectionLimits {
  requestTimeout: number
}
