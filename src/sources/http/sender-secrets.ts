import type { IncomingHttpHeaders } from 'node:http'
import { SecretFile } from '../../config/secret-file.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import { isEqualSecret } from '../../protocols/webhook/signature.js'

/** Most secrets of a file. */
export const MAX_CHOICES = 10

/** The secrets of the senders of a source, one on each line of a file. */
export class SenderSecrets {
  readonly #file: SecretFile

  constructor(path: string, runtime: Runtime) {
    this.#file = new SecretFile(path, runtime)
  }

  /** Rejects if the file cannot be read. */
  async ready(): Promise<void> {
    await this.#file.text()
  }

  /** Throws TCN_HOOK_CLOSED. */
  async all(): Promise<string[]> {
    const text = await this.#file.text().catch((error: Error) => {
      throw new TocsinError('TCN_HOOK_CLOSED', 'the secret of the senders cannot be read', { cause: error })
    })
    return text.split(/\s*\n\s*/, MAX_CHOICES)
  }

  /** Throws TCN_HOOK_CREDENTIALS unless the sender shows one of them as its token. */
  async checkToken({ authorization = '' }: IncomingHttpHeaders): Promise<void> {
    const token = /^bearer +(\S{1,4096})$/i.exec(authorization)?.[1]
    if (token === undefined) throw refusedSender('the header authorization has no token')
    if (!(await this.all()).some((secret) => isEqualSecret(token, secret)))
      throw refusedSender('the token is not that of the senders')
  }
}

export function refusedSender(what: string): TocsinError {
  return new TocsinError('TCN_HOOK_CREDENTIALS', what)
}
