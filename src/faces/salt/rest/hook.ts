import type { IncomingMessage } from 'node:http'
import type { BusApi } from '../../../bus/api.js'
import type { Authorize, Principal } from '../../../bus/principal.js'
import { refusalError } from '../../../bus/refusal-error.js'
import { RequestPublisher } from '../../../bus/request-publisher.js'
import type { TocsinError } from '../../../errors/tocsin-error.js'
import { WIDEST_LIMITS } from '../../../event/check.js'
import { FrameWriter } from '../../../event/frame-writer.js'
import { Encoded } from '../../../event/msgpack/values.js'
import type { Runtime } from '../../../event/runtime.js'
import { isoformat } from '../../../protocols/salt/codec/python-datetime.js'
import { pack } from '../../../protocols/salt/codec/values.js'
import type { RequestData } from './body.js'

const TAG = 'salt/netapi/hook'

/**
 * Headers that are not published: anyone who may see the event could log in with the secret ones, and `Remote-Addr` is
 * where readers of the event expect the address of the connection.
 */
const OMITTED_HEADERS = new Set([
  'x-auth-token',
  'authorization',
  'proxy-authorization',
  'cookie',
  'remote-addr',
])

export interface HookContext {
  bus: BusApi
  runtime: Runtime
  authorize: Authorize
  /** The principal of the bus. */
  publisher: Principal
}

export interface HookCall {
  request: IncomingMessage
  /** The part of the path after the common prefix of all hooks, decoded. */
  path: string
  body: RequestData
  /** Undefined if hooks require no token. */
  caller: Principal | undefined
}

/** Publishes the posted data. Rejects with TCN_ACCESS_DENIED, or with the reason why it is not a valid event. */
export async function publishHook(context: HookContext, call: HookCall): Promise<void> {
  const { bus, runtime, publisher } = context
  const limits = { ...WIDEST_LIMITS, frame: bus.largestFrame }
  const writer = new FrameWriter({ source: publisher.source, maxFrame: bus.largestFrame, controls: true })
  writer.writeEncoded(tagOf(call.path), pack(dataOf(call, runtime)))
  const refused: TocsinError[] = []
  const outgoing = new RequestPublisher({
    bus,
    runtime,
    principal: publisher,
    limits,
    refused: (_counter, error) => refused.push(error),
  })
  try {
    await outgoing.send(allowed(writer, context, call.caller))
    await outgoing.accepted()
  } finally {
    outgoing.close()
  }
  if (refused.length > 0) throw refused[0]
}

/** The event belongs to the bus, but the caller must have the right to publish it. */
function allowed(
  writer: FrameWriter,
  { authorize }: HookContext,
  caller: Principal | undefined,
): Pick<FrameWriter, 'take'> {
  const piece = writer.take()
  if (caller !== undefined && piece !== undefined && !authorize(caller, 'publish').matches(piece.bytes, 0)) {
    throw refusalError('TCN_ACCESS_DENIED', piece.bytes, 0)
  }
  let rest = piece
  return {
    take() {
      const next = rest
      rest = undefined
      return next
    },
  }
}

function tagOf(path: string): string {
  return [TAG, ...path.split('/').filter((part) => part !== '')].join('/')
}

function dataOf({ request, body }: HookCall, runtime: Runtime): object {
  return {
    body: encodedText(body.raw),
    post: isTruthy(body.data) ? body.data : {},
    headers: headersOf(request),
    _stamp: isoformat(runtime.now()),
  }
}

/** Text that may be long, as msgpack. */
function encodedText(utf8: Buffer): Encoded {
  const head = Buffer.of(0xdb, 0, 0, 0, 0)
  head.writeUInt32BE(utf8.length, 1)
  return new Encoded(Buffer.concat([head, utf8]), 0)
}

/** Returns whether Python's `if` treats it as true. */
function isTruthy(data: unknown): boolean {
  if (data instanceof Encoded) return data.bytes[0] !== EMPTY_MAP && data.bytes[0] !== EMPTY_LIST
  return typeof data === 'object' && data !== null ? Object.keys(data).length > 0 : Boolean(data)
}

const EMPTY_MAP = 0x80
const EMPTY_LIST = 0x90

function headersOf({ headers, socket }: IncomingMessage): Record<string, string> {
  const shown: Record<string, string> = Object.create(null)
  shown['Remote-Addr'] = socket.remoteAddress ?? ''
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || OMITTED_HEADERS.has(name)) continue
    shown[titled(name)] = Array.isArray(value) ? value.join(', ') : value
  }
  return shown
}

/** `user-agent` → `User-Agent`, as Python writes header names. */
function titled(name: string): string {
  return name.replace(/[a-z]+/g, (word) => word[0].toUpperCase() + word.slice(1))
}
