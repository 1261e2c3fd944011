import type { IncomingHttpHeaders } from 'node:http'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import {
  GITHUB_SIGNATURE,
  hmacOf,
  isEqualSecret,
  STANDARD_ID,
  STANDARD_SIGNATURE,
  STANDARD_TIME,
  standardKey,
} from '../../protocols/webhook/signature.js'
import { MAX_CHOICES, refusedSender, SenderSecrets } from '../http/sender-secrets.js'
import type { OwnSignature, WebhookConfig } from './config.js'

/** Characters. */
const MAX_SIGNATURES = 1024

/** Where a form of signature has its parts. The names of headers are in lower case. */
interface SignatureForm extends Omit<OwnSignature, 'time' | 'id'> {
  time?: string
  id?: string
  /** Between several signatures in the header. */
  between: RegExp
}

const standard: SignatureForm = {
  header: STANDARD_SIGNATURE,
  prefix: 'v1,',
  encoding: 'base64',
  signed: '{id}.{time}.{body}',
  time: STANDARD_TIME,
  id: STANDARD_ID,
  between: / +/,
}

const github: SignatureForm = {
  header: GITHUB_SIGNATURE,
  prefix: 'sha256=',
  encoding: 'hex',
  signed: '{body}',
  id: 'x-github-delivery',
  between: /, */,
}

/** Decides whether a request comes from the configured sender. */
export class SenderCheck {
  readonly #form: SignatureForm | undefined
  readonly #secrets: SenderSecrets
  readonly #tolerance: number
  readonly #runtime: Runtime

  constructor(config: WebhookConfig, runtime: Runtime) {
    this.#form = formOf(config)
    this.#tolerance = config.tolerance
    this.#runtime = runtime
    this.#secrets = new SenderSecrets((config.bearerFile ?? config.secretFile) as string, runtime)
  }

  /** Rejects if the secret cannot be read. */
  ready(): Promise<void> {
    return this.#secrets.ready()
  }

  /** Checks what does not need the body. Throws TCN_HOOK_CREDENTIALS and TCN_HOOK_TIME. */
  async checkHeaders(headers: IncomingHttpHeaders): Promise<void> {
    if (this.#form === undefined) return this.#secrets.checkToken(headers)
    for (const name of [this.#form.header, this.#form.time, this.#form.id])
      if (name !== undefined && this.#isNeeded(name) && textOf(headers, name) === '')
        throw refusedSender(`the header ${name} is missing`)
    if (this.#form.time !== undefined) this.#checkTime(textOf(headers, this.#form.time))
  }

  /** Throws TCN_HOOK_CREDENTIALS. */
  async checkBody(headers: IncomingHttpHeaders, body: Uint8Array): Promise<void> {
    const form = this.#form
    if (form === undefined) return
    const given = textOf(headers, form.header).slice(0, MAX_SIGNATURES).split(form.between, MAX_CHOICES)
    const before = beginningOf(form, headers)
    for (const secret of await this.#secrets.all()) {
      const key = form === standard ? standardKey(secret) : secret
      const expected = form.prefix + hmacOf(key, form.encoding, before, body)
      if (given.some((each) => isEqualSecret(each, expected))) return
    }
    throw refusedSender('the signature is not that of the body')
  }

  /** The name that the sender gave the request. */
  idOf(headers: IncomingHttpHeaders): string | undefined {
    const id = this.#form?.id === undefined ? '' : textOf(headers, this.#form.id)
    return id === '' ? undefined : id
  }

  /** A part that is not signed may be missing. */
  #isNeeded(name: string): boolean {
    const { header, time, signed } = this.#form as SignatureForm
    return name === header || name === time || signed.includes('{id}')
  }

  #checkTime(text: string): void {
    const isTime = /^\d{1,13}$/.test(text)
    const ms = text.length === 13 ? Number(text) : Number(text) * 1000
    const now = this.#runtime.now() / 1000
    if (isTime && Math.abs(now - ms) <= this.#tolerance) return
    const what = isTime
      ? `it is ${Math.round(Math.abs(now - ms) / 1000)} s from that of the hub`
      : 'it is none'
    throw new TocsinError('TCN_HOOK_TIME', `the time of the request is not accepted: ${what}`)
  }
}

function formOf({ secretFile, signature, own, preset }: WebhookConfig): SignatureForm | undefined {
  if (secretFile === undefined) return undefined
  if (own !== undefined)
    return {
      ...own,
      header: own.header.toLowerCase(),
      time: own.time?.toLowerCase(),
      id: own.id?.toLowerCase(),
      between: /, *| +/,
    }
  return (signature ?? (preset === 'github' ? 'github' : 'standard')) === 'github' ? github : standard
}

/** Returns the signed text before the body. */
function beginningOf({ signed, time, id }: SignatureForm, headers: IncomingHttpHeaders): string {
  const names: Record<string, string | undefined> = { time, id }
  return signed.slice(0, -'{body}'.length).replace(/\{(time|id)\}/g, (_, part: string) => {
    const name = names[part]
    return name === undefined ? '' : textOf(headers, name)
  })
}

function textOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name]
  return typeof value === 'string' ? value.trim() : ''
}
