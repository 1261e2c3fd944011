import type { FastifyReply, FastifyRequest } from 'fastify'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { readBytes } from './body.js'
import type { RestContext } from './context.js'
import type { Upstream } from './upstream.js'

/**
 * The admission that a request needs: a session, or none for `/run`, which has its credentials in the body instead.
 */
export type Admission = 'session' | 'none'

/** Forwards a request that needs a Salt master to a genuine salt-api, with the token that this login has there. */
export async function forward(
  context: RestContext,
  request: FastifyRequest,
  reply: FastifyReply,
  admission: Admission,
): Promise<unknown> {
  const session = admission === 'session' ? (await context.tokens.admit(request.raw)).session : undefined
  const { upstream } = context
  if (upstream === undefined) throw needsMaster(request)
  if (session !== undefined && session.hidden === undefined) {
    throw new TocsinError('TCN_ACCESS_TOKEN', 'this login is not valid at the upstream salt-api')
  }
  const answer = await ask(context, request, reply, upstream, session?.hidden)
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

/** The path and query without the tokens of this hub. Parsing resolves `..`, which would mean another path upstream. */
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
    `${method} ${path.slice(0, 80)} needs a Salt master, and Tocsin is only its event bus: ` +
      'set `upstream` to the address of a genuine salt-api, and these requests are passed on to it.',
  )
}
