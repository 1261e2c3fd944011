import { signal } from '@preact/signals'
import type { MethodName, ParamsOf, ResultOf, TypeInfo } from '../../src/methods/contract/index.js'
import { strings } from '../strings.js'
import { lookForHub, report } from './connection.js'

/** A right of the principal, as far as pages depend on it. */
export type SessionRight = 'admin' | 'owner' | 'monitor' | 'see' | 'publish' | 'consume'

/** Who has logged in, and to which hub. */
export interface Session {
  readonly principal: string
  readonly admin: boolean
  readonly owner: boolean
  readonly monitor: boolean
  readonly see: boolean
  readonly publish: boolean
  readonly consume: boolean
  readonly ask: boolean
  readonly hub: string
  readonly version: string
  readonly epoch: string
}

/** `unknown`: nobody has asked the hub yet; `ended`: the hub takes the login no longer, for example since its start. */
export const session = signal<Session | 'unknown' | 'none' | 'ended'>('unknown')

/** An answer of the hub that is not a success. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly remedy: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? `HTTP ${status}`)
    this.code = problem.code ?? ''
    this.status = status
    this.remedy = problem.remedy ?? ''
    this.details = problem.details ?? {}
  }
}

interface Problem {
  code: string
  detail: string
  remedy: string
  details: Record<string, unknown>
}

/** The hub takes the cookie only together with this header, which pages of other origins cannot send. */
const OWN_HEADER = 'x-tocsin-console'
const LINK_HEADER = 'x-tocsin-link'

/** Calls a management method. Frames in its result are CloudEvents. Rejects with an ApiError. */
export async function call<Name extends MethodName>(
  name: Name,
  params: ParamsOf<Name>,
  signal?: AbortSignal,
): Promise<ResultOf<Name>> {
  return request('POST', `/v1/${name}`, { body: params, signal })
}

/** An event as a CloudEvent. */
export function eventAsJson(cursor: string, signal?: AbortSignal): Promise<object> {
  return request('GET', `/v1/events/${cursor}`, { signal })
}

/** Publishes an event, and returns its cursor; undefined if the hub gives it none. */
export async function publish(tag: string, data: unknown, signal?: AbortSignal): Promise<string | undefined> {
  const { cursor } = await request<{ cursor?: string }>('POST', '/v1/events', { body: { tag, data }, signal })
  return cursor
}

/** All event types, without their schemas. The browser keeps them, and asks the hub whether they have changed. */
export function allTypes(): Promise<ResultOf<'types.list'>> {
  return request('GET', '/v1/types?schemas=false', {})
}

/** An event type with its schema. */
export function typeInfo(type: string, signal?: AbortSignal): Promise<TypeInfo> {
  return request('GET', `/v1/types/${encodeURIComponent(type)}`, { signal })
}

/** A ticket for one connection. */
export async function ticket(): Promise<string> {
  const answer = await request<{ ticket: string }>('POST', '/v1/ticket', {})
  return answer.ticket
}

export async function findSession(): Promise<void> {
  const found = await request<Session | undefined>('GET', '/v1/session', {}).catch(() => undefined)
  session.value = found ?? 'none'
}

export type Credentials = { token: string } | { user: string; password: string } | { link: string }

export async function logIn(credentials: Credentials): Promise<void> {
  session.value = await request<Session>('POST', '/v1/session', { headers: headersOf(credentials) })
}

export async function logOut(): Promise<void> {
  await request('DELETE', '/v1/session', {}).catch((error) => {
    const isOutAlready = error instanceof ApiError && error.status === 401
    if (!isOutAlready) throw error
  })
  session.value = 'none'
}

function endSession(): void {
  const wasIn = typeof session.peek() === 'object' || session.peek() === 'ended'
  session.value = wasIn ? 'ended' : 'none'
}

function headersOf(credentials: Credentials): Record<string, string> {
  if ('link' in credentials) return { [LINK_HEADER]: credentials.link }
  if ('token' in credentials) return { authorization: `Bearer ${credentials.token}` }
  const bytes = new TextEncoder().encode(`${credentials.user}:${credentials.password}`)
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` }
}

interface RequestParts {
  headers?: Record<string, string>
  body?: unknown
  signal?: AbortSignal
}

/** Asks the hub. Rejects with an ApiError. */
export async function request<Result>(
  method: string,
  path: string,
  { headers, body, signal }: RequestParts,
): Promise<Result> {
  const answer = await fetch(path, {
    method,
    signal,
    headers: {
      [OWN_HEADER]: '1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    void lookForHub(() => fetch('/v1/session', { headers: { [OWN_HEADER]: '1' } }))
    throw new Error(strings.noAnswer, { cause: error })
  })
  report('calls', 'connected')
  if (answer.ok) return answer.status === 204 ? (undefined as Result) : await answer.json()
  const problem = await answer.json().catch(() => ({}))
  if (answer.status === 401 && headers === undefined) endSession()
  throw new ApiError(answer.status, problem)
}
