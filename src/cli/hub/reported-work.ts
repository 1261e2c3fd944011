import { randomBytes } from 'node:crypto'
import type { Client } from '../../client/api.js'
import { codeOf } from '../../errors/thrown.js'
import { readTraceparent } from '../../event/trace-context.js'
import type { ResultOf } from '../../methods/contract/index.js'
import type { Io } from '../io.js'

/** The work of a command does not wait longer for its report, ms. */
const TIMEOUT = 2000

/** Does the work of a command. The hub reports it as a span if somebody reads that; else only the work is done. */
export async function reportedWork<Result>(
  { env }: Pick<Io, 'env'>,
  client: Pick<Client, 'request'>,
  name: string,
  does: () => Promise<Result>,
): Promise<Result> {
  const parent = readTraceparent(env.TRACEPARENT)
  const trace = parent?.traceId ?? randomBytes(16).toString('hex')
  const span = `00-${trace}-${randomBytes(8).toString('hex')}-01`
  const begun = performance.now()
  const report = (step: { state: 'start' | 'stop'; duration?: number; annotation?: string }) =>
    client
      .request<ResultOf<'ncs.progress'>>(
        'ncs.progress',
        { name, span, ...(parent && { parent: parent.text }), ...step },
        { timeout: TIMEOUT },
      )
      // The work counts, and not its report: an older hub does not have it.
      .catch(() => ({ reported: false }))
  if (!(await report({ state: 'start' })).reported) return await does()
  const stop = (annotation?: string) => {
    const duration = Math.round((performance.now() - begun) * 1000)
    return report({ state: 'stop', duration, ...(annotation && { annotation }) })
  }
  try {
    const result = await does()
    await stop()
    return result
  } catch (error) {
    await stop(codeOf(error) ?? 'failed')
    throw error
  }
}
