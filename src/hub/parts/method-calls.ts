import type { Access } from '../../access/index.js'
import { callMethod } from '../../faces/shared/call-method.js'
import type { MethodTable } from '../../methods/method.js'
import type { MethodCalls } from '../../sources/method-calls.js'
import type { Report } from '../assembly/own-events.js'

export interface MethodCallsParts {
  readonly access: Access
  readonly report: Report
  /** Those of the hub, which are made after its sources. */
  methods(): MethodTable
}

/** Returns how peers that sources reach call the methods of the hub. */
export function methodCalls({ access, report, methods }: MethodCallsParts): MethodCalls {
  return {
    admit(name, rights) {
      access.grant(name, rights)
      const principal = access.principal(name)
      return {
        call: (method, params, signal) =>
          callMethod({ methods: methods(), authorize: access.authorize }, method, params, {
            principal,
            signal,
            face: 'upstream',
            part: () => Promise.resolve(),
          }),
        asked: (data) => void report({ tag: 'hub/audit/ask', data: { ...data } }),
        leave: () => access.forget(name),
      }
    },
  }
}
