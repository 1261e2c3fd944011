import { createHmac } from 'node:crypto'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'

const KEY_BYTES = 32
const CHARACTERS = 22

/** Names texts, so that others can say which one they have read. With a secret key, a name does not reveal the text. */
export class Revisions {
  readonly #key: Uint8Array

  constructor({ random }: Pick<Runtime, 'random'>) {
    this.#key = random(KEY_BYTES)
  }

  of(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url').slice(0, CHARACTERS)
  }

  /** Throws TCN_CONFIG_REVISION if this is not the text that was read. */
  check(text: string, read: string | undefined): void {
    if (read === undefined || read === this.of(text)) return
    throw new TocsinError(
      'TCN_CONFIG_REVISION',
      'the configuration was edited after it was read; read it again first',
    )
  }
}
