import type { IncomingMessage } from 'node:http'
import type { Attributes } from '../../event/index.js'

/**
 * What the headers of W3C Trace Context say, as the attributes that CloudEvents has for it. Headers that are not
 * valid count as absent, as that specification demands.
 */
export function traceOf({ headers }: IncomingMessage): Attributes | undefined {
  const { traceparent, tracestate } = headers
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined
  const isState = typeof tracestate === 'string' && tracestate !== '' && TRACESTATE.test(tracestate)
  return isState ? { traceparent, tracestate } : { traceparent }
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
const TRACESTATE = /^[\x20-\x7e]{1,512}$/
