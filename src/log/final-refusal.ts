import type { TocsinError } from '../errors/tocsin-error.js'

/** Whether a log says of a batch that it can never be stored, or be durable. After all other errors it is asked again. */
export function isFinalRefusal({ code }: TocsinError): boolean {
  return FINAL.has(code)
}

const FINAL: ReadonlySet<string> = new Set(['TCN_NATS_PAYLOAD', 'TCN_FRAME_LENGTH', 'TCN_LOG_NOT_DURABLE'])
