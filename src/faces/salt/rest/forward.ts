import type { FastifyReply, FastifyRequest } from 'fastify'
import { TocsinError } from '../../../event/errors.js'
import { readBytes } from './body.js'
import type { RestContext } from './context.js'
import type { Upstream } from './upstream.js'

/** Whether salt-api asks for a session first; `/run` carries its credentials in the body. */
export type Admission = 'session' | 'none'

/** What only a Salt master can do: passed on to a genuine salt-api, with the token that the same login has there. */
export async function forward(
  context: RestContext,
  request: FastifyRequest,
  reply: FastifyReply,
  admission: Admission,
): Promise<unknown> {
  const session = admission === 'session' ? context.tokens.admit(request.raw).session : undefined
  const { upstream } = context
  if (upstream === undefined) throw needsMaster(request)
  if (session !== undefined && session.upstreamToken === undefined) {
    throw new TocsinError('TCN_ACCESS_TOKEN', 'this login does not count at the salt-api behind')
  }
  const answer = await ask(context, request, reply, upstream, session?.upstreamToken)
  return reply.code(answer.status).header('Content-Type', answer.type).send(answer.body)
}

async function ask(
  context: RestContext,
  request: FastifyRequest,
  reply: FastifyReply,
  upstream: Upstream,
  token: string | undefined,
) {
  const { headers, method } = request
  const body =
    method === 'POST'
      ? await readBytes(context, request, reply, context.settings.maxRequestBodySize)
      : undefined
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return upstream.ask(
    {
      method,
      target: targetOf(request),
      contentType: headers['content-type'],
      accept: headers.accept,
      body,
      token,
    },
    gone.signal,
  )
}

/** Without the tokens that count here; a path that steps upwards would be another one there. */
function targetOf({ url }: FastifyRequest): string {
  const { pathname, searchParams } = new URL(url, 'http://here')
  for (const name of ['token', 'salt_token']) searchParams.delete(name)
  const query = searchParams.toString()
  return query === '' ? pathname : `${pathname}?${query}`
}

function needsMaster({ method, url }: FastifyRequest): TocsinError {
  const [path] = url.split('?', 1)
  return new TocsinError(
    'TCN_SALT_MASTER',
    `${method} ${path.slice(0, 80)} needs a Salt master. Tocsin is its event bus only: ` +
      'set `upstream` to the address of a genuine salt-api, and such requests are passed on to it.',
  )
}
