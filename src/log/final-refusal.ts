import type { TocsinError } from '../errors/tocsin-error.js'

/** Returns true for errors of batches that can never be stored, or be durable. After all other errors they are repeated. */
export function isFinalRefusal({ code }: TocsinError): boolean {
  return FINAL.has(code)
}

const FINAL: ReadonlySet<string> = new Set(['TCN_NATS_PAYLOAD', 'TCN_FRAME_LENGTH', 'TCN_LOG_NOT_DURABLE'])
