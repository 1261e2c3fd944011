import { STATUS_CODES } from 'node:http'
import type { TocsinError } from '../../event/errors.js'

/** An error as a whole answer. */
export interface Refusal {
  status: number
  headers: Record<string, string>
  body: string
}

/** How a face says what is wrong. */
export type Refuse = (error: TocsinError) => Refusal

/** For a peer that is answered on the bare socket, after which the connection ends. */
export function rawRefusal({ status, headers, body }: Refusal): string {
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`
}
