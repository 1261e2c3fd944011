import { useSignal } from '@preact/signals'
import type { ConfigKey, MethodName, ParamsOf, ResultOf } from '../../../src/methods/contract/index.js'
import { ApiError, call, type SessionRight, session } from '../../hub/api.js'
import { type Answer, useAnswer } from '../../hub/asking.js'

/** An answer for a part of the page; of one that is refused, which right it takes. */
export interface Asked<Value> extends Answer<Value> {
  readonly missing: string | undefined
  /** Asks again now. */
  refresh(): void
}

interface AskOptions<Value> {
  /** Without it, the method is open to everybody, and returns what they may see. */
  right?: SessionRight
  every?: number
  onAnswer?(value: Value): void
}

interface MethodOptions<Name extends MethodName> extends AskOptions<ResultOf<Name>> {
  /** Parameters that are others each time, and for which it does not ask again at once. */
  more?(): Partial<ParamsOf<Name>>
}

const OFTEN_MS = 2000

/** Asks a method again and again. Who lacks the right does not ask at all: the hub would record each refusal. */
export function useMethod<Name extends MethodName>(
  name: Name,
  params: ParamsOf<Name>,
  { right, every = OFTEN_MS, onAnswer, more }: MethodOptions<Name> = {},
): Asked<ResultOf<Name>> {
  const version = useSignal(0)
  const isAllowed = right === undefined || may(right)
  const ask = async (signal: AbortSignal) => {
    if (!isAllowed) return undefined
    const result = await call(name, { ...params, ...more?.() }, signal)
    onAnswer?.(result)
    return result
  }
  const key = `${name} ${JSON.stringify(params)} ${isAllowed} ${version.value}`
  const answer = useAnswer(key, ask, isAllowed ? every : undefined)
  return {
    ...answer,
    missing: isAllowed && !isRefused(answer.failure.value) ? undefined : (right ?? name.split('.')[0]),
    refresh: () => {
      version.value++
    },
  }
}

export function may(right: SessionRight): boolean {
  const who = session.value
  return typeof who === 'object' && who[right]
}

/** Pages come over HTTP, where the owner of the hub may change less of its configuration than on its machine. */
export function mayChange({ reach }: Pick<ConfigKey, 'reach'>): boolean {
  return reach === 'administrators' || (reach === 'owner' && may('owner'))
}

function isRefused(failure: Error | undefined): boolean {
  return failure instanceof ApiError && failure.status === 403
}
