import type { Access } from '../../access/index.js'
import type { HubQuestion } from '../../cluster/hub-questions.js'
import { callMethod } from '../../faces/shared/call-method.js'
import { type CallOutcome, type MethodTable, methodTable } from '../../methods/method.js'
import type { Audit } from '../reports/audit.js'

/** Name of the way in which hubs ask each other, in the audit. */
const FACE = 'cluster'

export interface AnsweringHub {
  readonly methods: MethodTable
  readonly access: Access
  readonly audit: Audit
}

/** Runs what other hubs ask, for the principal that has asked there, with the rights that it has here. */
export function hubAnswers({
  methods,
  access,
  audit,
}: AnsweringHub): (question: HubQuestion) => Promise<unknown> {
  const { authorize } = access
  const allowed = methodTable([...methods.values()].filter(({ isForHubs }) => isForHubs))
  const called = (outcome: CallOutcome) => audit.called(outcome, FACE)
  return async ({ method, params: { hub: _, ...params }, principal }) =>
    callMethod(
      { methods: allowed, authorize, called },
      method,
      // A hub that is asked speaks for itself.
      { ...params, here: true },
      {
        principal: access.principal(principal),
        signal: new AbortController().signal,
        face: FACE,
        part: async () => undefined,
      },
    )
}
