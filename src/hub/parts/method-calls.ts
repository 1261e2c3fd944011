import type { Access } from '../../access/index.js'
import type { BusReader } from '../../bus/admin.js'
import { callMethod } from '../../faces/shared/call-method.js'
import type { MethodTable } from '../../methods/method.js'
import type { MethodCalls } from '../../sources/method-calls.js'
import type { Report } from '../assembly/own-events.js'

export interface MethodCallsParts {
  readonly bus: Pick<BusReader, 'budget'>
  readonly access: Access
  readonly report: Report
  /** Those of the hub, which are made after its sources. */
  methods(): MethodTable
}

/** Returns how peers that sources reach call the methods of the hub. */
export function methodCalls({ bus, access, report, methods }: MethodCallsParts): MethodCalls {
  return {
    admit(name, rights) {
      access.grant(name, rights)
      const principal = access.principal(name)
      // Answers for other hubs never hold up those who read here.
      const endPatience = bus.budget.bePatient(name)
      return {
        call: (method, params, question, signal) =>
          callMethod({ methods: methods(), authorize: access.authorize }, method, params, {
            principal,
            signal,
            question,
            face: 'upstream',
            part: () => Promise.resolve(),
          }),
        asked: (data) => void report({ tag: 'hub/audit/ask', data: { ...data } }),
        leave() {
          endPatience()
          access.forget(name)
        },
      }
    },
  }
}
