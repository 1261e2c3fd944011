import type { TocsinError } from '../errors/tocsin-error.js'

/** Whether a log says of a batch that it can never be stored. After all other errors it is to be sent again. */
export function isFinalRefusal({ code }: TocsinError): boolean {
  return FINAL.has(code)
}

const FINAL: ReadonlySet<string> = new Set(['TCN_NATS_PAYLOAD', 'TCN_FRAME_LENGTH'])
