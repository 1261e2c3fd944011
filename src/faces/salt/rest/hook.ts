import type { IncomingMessage } from 'node:http'
import type { Bus } from '../../../bus/bus.js'
import type { Authorize, Principal } from '../../../bus/principal.js'
import { refusalError } from '../../../bus/refusal-error.js'
import type { TocsinError } from '../../../event/errors.js'
import { FrameWriter } from '../../../event/frame-writer.js'
import type { Runtime } from '../../../event/runtime.js'
import { RequestPublisher } from '../../web/request-publisher.js'
import { isoformat } from '../codec/stamp.js'
import { pack } from '../codec/values.js'
import type { RequestData } from './body.js'

const TAG = 'salt/netapi/hook'

/** Never on the bus: everybody who may see the event could log in with them. */
const SECRET_HEADERS = new Set(['x-auth-token', 'authorization', 'proxy-authorization', 'cookie'])

export interface HookContext {
  bus: Bus
  runtime: Runtime
  authorize: Authorize
  /** Whose events those of this bus are. */
  publisher: Principal
}

export interface HookCall {
  request: IncomingMessage
  /** Behind the address of all hooks, decoded. */
  path: string
  body: RequestData
  /** Who calls; undefined where hooks ask for no token. */
  caller: Principal | undefined
}

/** Publishes what was posted. Rejects with TCN_ACCESS_DENIED, or why it is no event. */
export async function publishHook(context: HookContext, call: HookCall): Promise<void> {
  const { bus, runtime, publisher } = context
  const writer = new FrameWriter({ source: publisher.source, maxFrame: bus.largestFrame })
  writer.writeEncoded(tagOf(call.path), pack(dataOf(call, runtime)))
  const refused: TocsinError[] = []
  const outgoing = new RequestPublisher({
    bus,
    runtime,
    principal: publisher,
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

/** The event is that of the bus, but only what its caller may publish. */
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
    body: body.raw,
    post: isTrue(body.data) ? body.data : {},
    headers: headersOf(request),
    _stamp: isoformat(runtime.now()),
  }
}

/** As Python's `if`. */
function isTrue(data: unknown): boolean {
  return typeof data === 'object' && data !== null ? Object.keys(data).length > 0 : Boolean(data)
}

function headersOf({ headers, socket }: IncomingMessage): Record<string, string> {
  const shown: Record<string, string> = Object.create(null)
  shown['Remote-Addr'] = socket.remoteAddress ?? ''
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || SECRET_HEADERS.has(name)) continue
    shown[titled(name)] = Array.isArray(value) ? value.join(', ') : value
  }
  return shown
}

/** `user-agent` → `User-Agent`, as Python has them. */
function titled(name: string): string {
  return name.replace(/[a-z]+/g, (word) => word[0].toUpperCase() + word.slice(1))
}
