import { expectTypeOf, it } from 'vitest'
import type { Client } from '../../src/client/api.js'
import type { HubStatus } from '../../src/methods/contract/index.js'

declare const hub: Client

it('the result of a method of the hub has its type', () => {
  const call = () => hub.request('hub.status')
  expectTypeOf(call).returns.resolves.toEqualTypeOf<HubStatus>()
})

it('a method of another package has the result that the program names', () => {
  const call = () => hub.request<{ seconds?: number }>('log.age', { of: 'first' })
  expectTypeOf(call).returns.resolves.toEqualTypeOf<{ seconds?: number }>()
  const dynamic = (name: string) => hub.request<unknown>(name)
  expectTypeOf(dynamic).returns.resolves.toBeUnknown()
})

it('wrong names and parameters are compile errors', () => {
  const wrong = () => {
    // @ts-expect-error there is no such method
    void hub.request('no.such')
    // @ts-expect-error there is no such parameter
    void hub.request('alerts.list', { every: true })
  }
  expectTypeOf(wrong).returns.toBeVoid()
})
